-- Sets a value unless one is there that has not ended.
-- KEYS[1] the name; ARGV: the value, the time now as eight bytes ordered as times are, milliseconds (0: for good)
local held = redis.call('GETRANGE', KEYS[1], 0, 8)
if held ~= '' then
  if string.byte(held) ~= 1 then return redis.error_reply('ERR unknown version of a value') end
  for i = 1, 8 do
    local ends, now = string.byte(held, i + 1), string.byte(ARGV[2], i)
    if ends > now then return 0 end
    if ends < now then break end
  end
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
end
return 1
