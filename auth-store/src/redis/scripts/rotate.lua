-- Moves a family on from the expected token.
-- KEYS[1] the family; ARGV: hash of the expected token, the rotation
local head = redis.call('GETRANGE', KEYS[1], 0, 32)
if head == '' then return 0 end
if string.byte(head) ~= 1 then return redis.error_reply('ERR unknown version of a refresh family') end
if string.sub(head, 2) ~= ARGV[1] then return 0 end
redis.call('SETRANGE', KEYS[1], 1, ARGV[2])
return 1
