-- Tells whether scripts may run here, and write.
-- KEYS[1] a key of ours
redis.call('SET', KEYS[1], '', 'PX', 1000)
return redis.call('DEL', KEYS[1])
