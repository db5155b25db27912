-- Adds a member to an index, which lasts as long as the longest of them, and answers the oldest of those that make it more than the
-- maximum. The new one is never among them.
-- KEYS[1] the index; ARGV: member, its age, milliseconds, maximum (0: none)
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
local max = tonumber(ARGV[4])
if max == 0 then return {} end
local oldest, others = {}, redis.call('ZRANGE', KEYS[1], 0, -1)
local left = #others
for _, member in ipairs(others) do
  if left <= max then break end
  if member ~= ARGV[1] then
    oldest[#oldest + 1] = member
    left = left - 1
  end
end
return oldest
