-- Moves the last use of a session forward.
-- KEYS[1] the session; ARGV[1] the time, eight bytes ordered as times are
local held = redis.call('GETRANGE', KEYS[1], 0, 8)
if held == '' then return 0 end
if string.byte(held) ~= 1 and string.byte(held) ~= 2 then return redis.error_reply('ERR unknown version of a session') end
for i = 1, 8 do
  local old, new = string.byte(held, i + 1), string.byte(ARGV[1], i)
  if old ~= new then
    if old < new then redis.call('SETRANGE', KEYS[1], 1, ARGV[1]) end
    return 1
  end
end
return 1
