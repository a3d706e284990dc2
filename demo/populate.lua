-- What SCIMS keeps in Redis: sessions, caches, counters, a board of crafters, news of stocks, and Celery's queue.
-- ARGV: how many users there are, and the time in milliseconds.
local users, now = tonumber(ARGV[1]), tonumber(ARGV[2])
local day = 86400000
for user = 1, users do
    redis.call('SET', 'session:' .. user, '{"user": ' .. user .. ', "roles": ["viewer"]}', 'PX', day + user)
    redis.call('HSET', 'cache:user:' .. user, 'name', 'user' .. user, 'organization', user % 7)
    redis.call('PEXPIRE', 'cache:user:' .. user, 2 * day)
    redis.call('ZADD', 'board:crafts', user % 97, 'user' .. user)
    redis.call('SADD', 'organization:' .. user % 7, 'user' .. user)
end
for hour = 0, 23 do
    redis.call('SET', 'counter:logins:' .. hour, hour * users)
end
redis.call('XGROUP', 'CREATE', 'stocks:news', 'indexers', '0', 'MKSTREAM')
for entry = 1, 500 do
    redis.call('XADD', 'stocks:news', now + entry .. '-0', 'item', entry, 'quantity', entry % 11)
end
redis.call('XREADGROUP', 'GROUP', 'indexers', 'indexer-1', 'COUNT', '20', 'STREAMS', 'stocks:news', '>')
redis.call('SELECT', 1)
for task = 1, 40 do
    redis.call('RPUSH', 'celery', '{"task": "reindex", "id": ' .. task .. '}')
end
redis.call('SELECT', 0)
return redis.call('DBSIZE')
