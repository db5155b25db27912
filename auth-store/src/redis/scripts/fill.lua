-- Fills in what is kept of a user, for as long as the lease would have lasted, if that still is there.
-- KEYS[1] the user's record; ARGV: the lease, the record
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
