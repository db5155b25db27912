-- Replaces the data of a session that still has the expected version.
-- KEYS[1] the session; ARGV: expected version, new version, data
local head = redis.call('GETRANGE', KEYS[1], 0, 18)
if head == '' then return 0 end
if string.byte(head) ~= 1 and string.byte(head) ~= 2 then return redis.error_reply('ERR unknown version of a session') end
if string.sub(head, 10, 17) ~= ARGV[1] then return 0 end
local data_from = string.byte(head, 18) * 256 + string.byte(head, 19)
if data_from < 19 then return redis.error_reply('ERR a session is cut short') end
local fixed = redis.call('GETRANGE', KEYS[1], 17, data_from - 1)
redis.call('SET', KEYS[1], string.sub(head, 1, 9) .. ARGV[2] .. fixed .. ARGV[3], 'KEEPTTL')
return 1
