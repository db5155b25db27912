-- Removes a key that still holds what was seen there.
-- KEYS[1] the key; ARGV[1] what was seen
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
