-- Exchanges several values, if each still is what was seen; else changes nothing, and answers what there is.
-- KEYS the names; ARGV for each: what was seen ('' for nothing), the new value ('' for none), milliseconds (0: for good)
local held, is_as_seen = {}, true
for i, key in ipairs(KEYS) do
  held[i] = redis.call('GET', key)
  if (held[i] or '') ~= ARGV[i * 3 - 2] then is_as_seen = false end
end
if not is_as_seen then return held end
for i, key in ipairs(KEYS) do
  local new, milliseconds = ARGV[i * 3 - 1], ARGV[i * 3]
  if new == '' then
    redis.call('DEL', key)
  elseif milliseconds == '0' then
    redis.call('SET', key, new)
  else
    redis.call('SET', key, new, 'PX', milliseconds)
  end
end
return false
