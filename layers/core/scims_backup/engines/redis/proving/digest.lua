-- Reads keys where they are: type, expiry and the digest of the value of many keys in one call.
--
-- A digest depends on the value alone: not on its encoding, the order of a hash table, or the server's version.
--   string, list, sorted set, stream: SHA-1 over the value's parts in their order
--   set, hash: the sum of the SHA-1 of each member, since their order means nothing
-- Every part is framed by its length. A score is an IEEE double: versions print one score in several ways.
--
-- ARGV: what to do, shift, end of the shifted expiries, what the server has, whether to digest, then
--   scan CURSOR COUNT          the next keys: {cursor, names, facts, module types}
--   keys                       the same of KEYS: {'0', names, facts, module types}
--   part FROM TO               of a string, list or sorted set: bytes to be digested, by index
--   size                       of a set or hash: how many members
--   sum CURSOR COUNT           of a set or hash: {cursor, members, high sum, low sum}
--   head                       of a stream, without its entries: bytes to be digested
--   entries AFTER COUNT        of a stream: {last id, bytes to be digested}
-- Facts of a key: length of its name, type, expiry, earliest expiry of its fields, 40 hexadecimal digits of which
-- the first 24 count.

local LONG, LARGE, BUDGET = 1048576, 131072, 4194304 -- bytes: of a string, of any other value, of one call
local ELEMENT = 128 -- an element takes as long as this many bytes of a string
local LATER, PARTS, NONE = string.rep('-', 40), string.rep('+', 40), string.rep('0', 40)
local EXACT = 2 ^ 53
local NEVER, TOO_FAR = -1, -3
local LANE = 2 ^ 48
local UNPACKED = 1000

local task, shift, shifted_end = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local has_expiretime = string.find(ARGV[4], ' expiry ', 1, true)
local has_field_expiry = string.find(ARGV[4], ' field-expiry ', 1, true)
local has_stream_figures = string.find(ARGV[4], ' stream-figures ', 1, true)
local digests = ARGV[5] == '1'

local call, sha1, pack, format = redis.call, redis.sha1hex, struct.pack, string.format
local sub, concat = string.sub, table.concat
local KINDS = {string = 0, list = 1, set = 2, zset = 3, hash = 4, stream = 5}
local MODULE = 6

-- Packing costs more than looking up.
local LENGTHS = {}

local function framed(part)
  local size = #part
  local length = LENGTHS[size]
  if not length then
    length = pack('>I4', size)
    LENGTHS[size] = length
  end
  return length .. part
end

local function number(value)
  return value and format('%.0f', value) or ''
end

local function unshifted(moment)
  return moment < shifted_end and moment - shift or moment
end

-- Before 7.0 only the time that is left can be asked for: exact if the clock does not move meanwhile.
local function milliseconds()
  local now = call('TIME')
  return tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
end

local function computed_expiry(key)
  while true do
    local before, left = milliseconds(), call('PTTL', key)
    if left < 0 then return left end
    if milliseconds() == before then return before + left end
  end
end

local function expiry_of(key)
  local moment = has_expiretime and call('PEXPIRETIME', key) or computed_expiry(key)
  if moment >= EXACT then return TOO_FAR end
  if moment < 0 then return NEVER end
  return unshifted(moment)
end

-- Sums of members: two lanes of 48 bits, which doubles hold exactly.

local function sum_of(members)
  local high, low = 0, 0
  for i = 1, #members do
    local hash = sha1(members[i])
    high = (high + tonumber(sub(hash, 1, 12), 16)) % LANE
    low = (low + tonumber(sub(hash, 13, 24), 16)) % LANE
  end
  return high, low
end

-- Only these encodings can hold expiries of fields.
local function may_have_expiries(key)
  if not has_field_expiry then return false end
  local encoding = call('OBJECT', 'ENCODING', key)
  return encoding == 'listpackex' or encoding == 'hashtable'
end

local function expiries_of(key, fields)
  local expiries = {}
  for first = 1, #fields, 2 * UNPACKED do
    local names = {}
    for i = first, math.min(first + 2 * UNPACKED, #fields) - 1, 2 do names[#names + 1] = fields[i] end
    for _, moment in ipairs(call('HPEXPIRETIME', key, 'FIELDS', #names, unpack(names))) do
      expiries[#expiries + 1] = moment
    end
  end
  return expiries
end

-- The fields of a hash as members, and the earliest expiry of them.
local function members_of(key, fields)
  local expiries, earliest, members = may_have_expiries(key) and expiries_of(key, fields), NEVER, {}
  for i = 1, #fields, 2 do
    local at = (i + 1) / 2
    local member, expiry = framed(fields[i]) .. framed(fields[i + 1]), expiries and expiries[at] or NEVER
    if expiry >= 0 then
      expiry = unshifted(expiry)
      member = member .. number(expiry)
      if earliest == NEVER or expiry < earliest then earliest = expiry end
    end
    members[at] = member
  end
  return members, earliest
end

-- Values whose order means something: bytes to be digested.

local function elements(list)
  for i = 1, #list do list[i] = framed(list[i]) end
  return concat(list)
end

local function scored(list)
  for i = 1, #list, 2 do
    list[i] = framed(list[i])
    list[i + 1] = pack('>d', tonumber(list[i + 1]) + 0) -- some encodings have no -0
  end
  return concat(list)
end

local function entry_bytes(entries)
  local parts = {}
  for i, entry in ipairs(entries) do
    parts[i] = framed(entry[1]) .. pack('>I4', #entry[2]) .. elements(entry[2])
  end
  return concat(parts)
end

local function named(flat)
  local found = {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

local function figure(value)
  if not has_stream_figures then return '' end
  return type(value) == 'number' and number(value) or value or ''
end

local function group_bytes(group)
  local parts = {
    framed(group['name']), framed(group['last-delivered-id']), framed(figure(group['entries-read'])),
    pack('>I4', #group['pending']),
  }
  for _, one in ipairs(group['pending']) do
    parts[#parts + 1] = framed(one[1]) .. framed(one[2]) .. framed(number(one[3])) .. framed(number(one[4]))
  end
  for _, consumer in ipairs(group['consumers']) do
    parts[#parts + 1] = framed(named(consumer)['name'])
  end
  return concat(parts)
end

-- COUNT limits pending entries as well, and 0 would return every entry.
local function head_bytes(key)
  local most = 1
  for _, group in ipairs(call('XINFO', 'GROUPS', key)) do most = math.max(most, named(group)['pending']) end
  local stream = named(call('XINFO', 'STREAM', key, 'FULL', 'COUNT', most))
  local parts = {
    framed(stream['last-generated-id']), framed(figure(stream['max-deleted-entry-id'])),
    framed(figure(stream['entries-added'])), pack('>I4', #stream['groups']),
  }
  for _, group in ipairs(stream['groups']) do parts[#parts + 1] = framed(group_bytes(named(group))) end
  return concat(parts)
end

local READ = {
  list = function(key)
    local list = call('LRANGE', key, 0, -1)
    return sha1(elements(list)), #list
  end,
  zset = function(key)
    local list = call('ZRANGE', key, 0, -1, 'WITHSCORES')
    return sha1(scored(list)), #list
  end,
  stream = function(key)
    local entries = call('XRANGE', key, '-', '+')
    return sha1(head_bytes(key) .. entry_bytes(entries)), #entries
  end,
  set = function(key)
    local members = call('SMEMBERS', key)
    return format('%012x%012x0000000000000000', sum_of(members)), #members
  end,
  hash = function(key)
    local members, earliest = members_of(key, call('HGETALL', key))
    return format('%012x%012x0000000000000000', sum_of(members)), #members, earliest
  end,
}

local spent = 0

-- Asks for one byte too many: a string that has it is read in parts.
local function digest_of_string(key)
  local value = call('GETRANGE', key, 0, LONG)
  if #value > LONG then return PARTS end
  spent = spent + #value
  return sha1(value)
end

local function digest_of(kind, key)
  if spent > BUDGET then return LATER end
  if kind == 'string' then return digest_of_string(key) end
  local size = call('MEMORY', 'USAGE', key)
  if size > LARGE then return PARTS end
  local digest, count, earliest = READ[kind](key)
  spent = spent + size + count * ELEMENT
  return digest, earliest
end

local function facts_of(cursor, keys)
  local facts, names, types, n = {}, {}, {}, 0
  for i = 1, #keys do
    local key = keys[i]
    local kind = call('TYPE', key).ok
    local number, digest, earliest = KINDS[kind], nil, nil
    if number and digests then digest, earliest = digest_of(kind, key) end
    if kind ~= 'none' then
      n = n + 1
      names[n] = key
      facts[2 * n - 1] = pack('>I4Bi8i8', #key, number or MODULE, expiry_of(key), earliest or NEVER)
      facts[2 * n] = digest or NONE
      if not number then types[#types + 1] = kind end
    end
  end
  return {cursor, concat(names), concat(facts), types}
end

local key = KEYS[1]
local TASKS = {
  scan = function(cursor, count)
    local found = call('SCAN', cursor, 'COUNT', count)
    return facts_of(found[1], found[2])
  end,
  keys = function() return facts_of('0', KEYS) end,
  part = function(from, to)
    local kind = call('TYPE', key).ok
    if kind == 'string' then return call('GETRANGE', key, from, to) end
    if kind == 'list' then return elements(call('LRANGE', key, from, to)) end
    return scored(call('ZRANGE', key, from, to, 'WITHSCORES'))
  end,
  size = function() return call(call('TYPE', key).ok == 'hash' and 'HLEN' or 'SCARD', key) end,
  sum = function(cursor, count)
    local is_set = call('TYPE', key).ok == 'set'
    local found = call(is_set and 'SSCAN' or 'HSCAN', key, cursor, 'COUNT', count)
    local members, earliest = found[2], NEVER
    if not is_set then members, earliest = members_of(key, members) end
    local high, low = sum_of(members)
    return {found[1], #members, number(high), number(low), number(earliest)}
  end,
  head = function() return head_bytes(key) end,
  entries = function(after, count)
    local entries = call('XRANGE', key, after, '+', 'COUNT', count)
    return {#entries > 0 and entries[#entries][1] or '', entry_bytes(entries)}
  end,
}
return TASKS[task](ARGV[6], ARGV[7])
