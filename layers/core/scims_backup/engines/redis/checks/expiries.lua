-- Puts the expiries of one page of keys back as they were: what has expired by now goes.
-- ARGV: cursor, keys at once, shift, border (from which on nothing was shifted), has PEXPIRETIME, has HPEXPIRETIME
local shift, border = tonumber(ARGV[3]), tonumber(ARGV[4])

local function unshifted(at)
    return string.format('%.0f', at - shift)
end

local function expiry_of(key)
    if ARGV[5] == '1' then return redis.call('PEXPIRETIME', key) end
    local left = redis.call('PTTL', key)
    if left < 0 then return left end
    local now = redis.call('TIME')
    return now[1] * 1000 + math.floor(now[2] / 1000) + left
end

local function put_fields_back(key)
    local cursor = '0'
    repeat
        local page = redis.call('HSCAN', key, cursor, 'COUNT', 500, 'NOVALUES')
        cursor = page[1]
        if #page[2] > 0 then
            local times = redis.call('HPEXPIRETIME', key, 'FIELDS', #page[2], unpack(page[2]))
            for i, at in ipairs(times) do
                if at > 0 and at < border + shift then
                    redis.call('HPEXPIREAT', key, unshifted(at), 'FIELDS', 1, page[2][i])
                end
            end
        end
    until cursor == '0'
end

local page = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2])
for _, key in ipairs(page[2]) do
    if ARGV[6] == '1' and redis.call('TYPE', key)['ok'] == 'hash' then put_fields_back(key) end
    local at = expiry_of(key)
    if at > 0 and at < border + shift then redis.call('PEXPIREAT', key, unshifted(at)) end
end
return page[1]
