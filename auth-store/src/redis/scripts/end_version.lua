-- Ends a session whose data still has the expected version, and answers what it was. With a record and the milliseconds that it is
-- to be kept, that takes its place.
-- KEYS[1] the session; ARGV: expected version, and maybe the record and its milliseconds
local held = redis.call('GET', KEYS[1])
if not held then return false end
if string.byte(held) ~= 1 and string.byte(held) ~= 2 then return redis.error_reply('ERR unknown version of a session') end
if string.sub(held, 10, 17) ~= ARGV[1] then return false end
if ARGV[2] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
else
  redis.call('DEL', KEYS[1])
end
return held
