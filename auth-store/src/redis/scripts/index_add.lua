-- Adds a member to an index, which lasts as long as the longest of them, and answers all of them, oldest first, where they are more
-- than the maximum.
-- KEYS[1] the index; ARGV: member, its age, milliseconds, maximum (0: none)
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
local max = tonumber(ARGV[4])
if max == 0 or redis.call('ZCARD', KEYS[1]) <= max then return {} end
return redis.call('ZRANGE', KEYS[1], 0, -1)
