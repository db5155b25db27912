-- Answers what is kept of a user. Where nothing is, whoever asks first may fill it in: it leaves a lease there.
-- KEYS[1] the user's record; ARGV: a lease, its milliseconds
local record = redis.call('GET', KEYS[1])
if record then return record end
-- A Redis that takes no writes answers guards all the same.
if redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]).err then return false end
return ARGV[1]
