-- Answers a session, and what is kept of its user. Where nothing is, whoever asks first may fill it in: it leaves a lease there.
-- KEYS[1] the session; ARGV: how names of users' records begin, a lease, its milliseconds
local held = redis.call('GET', KEYS[1])
if not held then return false end
if string.byte(held) ~= 1 and string.byte(held) ~= 2 then return { held, false } end
-- In both layouts: behind 19 bytes and the handle stands the epoch, of any length; 27 bytes later the user behind its length.
local at = 36
while (string.byte(held, at) or 0) > 127 do at = at + 1 end
at = at + 28
local length, unit = 0, 1
while true do
  local byte = string.byte(held, at)
  if not byte then return { held, false } end
  length, unit, at = length + byte % 128 * unit, unit * 128, at + 1
  if byte < 128 then break end
end
local name = ARGV[1] .. string.sub(held, at, at + length - 1)
local record = redis.call('GET', name)
if record then return { held, record } end
-- A Redis that takes no writes answers guards all the same.
if redis.pcall('SET', name, ARGV[2], 'PX', ARGV[3]).err then return { held, false } end
return { held, ARGV[2] }
