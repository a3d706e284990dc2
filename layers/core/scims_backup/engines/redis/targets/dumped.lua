-- The next keys of a SCAN, or those named, as DUMP writes them, with their expiries.
-- ARGV: cursor, count, most bytes, names. Returns the cursor, then name, payload, expiry (-1: none) of each key.
-- The payload of a key that no longer fits is left out ('' and expiry 0): it is asked for by name.
local call = redis.call
local cursor, names = ARGV[1], {}
if #ARGV > 3 then
  for i = 4, #ARGV do names[i - 3] = ARGV[i] end
else
  local found = call('SCAN', cursor, 'COUNT', ARGV[2])
  cursor, names = found[1], found[2]
end

-- Redis 6.2 has no PEXPIRETIME: the moment in which PTTL is asked must lie within one millisecond
local function now()
  local time = call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local has_expiretime = redis.pcall('PEXPIRETIME', '')
has_expiretime = type(has_expiretime) == 'number'
local function expiry(name)
  if has_expiretime then return call('PEXPIRETIME', name) end
  while true do
    local before, left = now(), call('PTTL', name)
    if left < 0 then return -1 end
    if now() == before then return before + left end
  end
end

local out, bytes, most = {cursor}, 0, tonumber(ARGV[3])
for _, name in ipairs(names) do
  local payload = ''
  if bytes < most then payload = call('DUMP', name) end
  if payload then  -- false: it is gone
    out[#out + 1] = name
    out[#out + 1] = payload
    out[#out + 1] = payload == '' and '0' or string.format('%.0f', expiry(name))
    bytes = bytes + #payload
  end
end
return out
