-- Takes a value. What another program wrote in another layout stays.
-- KEYS[1] the name
local held = redis.call('GET', KEYS[1])
if not held then return false end
if string.byte(held) ~= 1 then return redis.error_reply('ERR unknown version of a value') end
redis.call('DEL', KEYS[1])
return held
