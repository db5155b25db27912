-- Tells whether scripts may run here, and do what ours do and what is done beside them: by the error of the first command that is
-- refused, in the words of whichever Redis it is.
-- KEYS[1] a key of ours
local steps = {
    { 'SET', KEYS[1], 'x', 'PX', 1000 },
    { 'GET', KEYS[1] },
    { 'MGET', KEYS[1] },
    { 'EXISTS', KEYS[1] },
    { 'GETRANGE', KEYS[1], 0, 0 },
    { 'SETRANGE', KEYS[1], 0, 'y' },
    { 'PEXPIRE', KEYS[1], 1000 },
    { 'PTTL', KEYS[1] },
    { 'GETDEL', KEYS[1] },
    { 'ZADD', KEYS[1], 1, 'x' },
    { 'ZCARD', KEYS[1] },
    { 'ZSCORE', KEYS[1], 'x' },
    { 'ZRANGE', KEYS[1], 0, 0 },
    { 'ZREM', KEYS[1], 'x' },
    { 'UNLINK', KEYS[1] },
    { 'DEL', KEYS[1] },
}
for _, step in ipairs(steps) do
    local answer = redis.pcall(unpack(step))
    local refusal = type(answer) == 'table' and answer.err
    if refusal and (refusal:find('permission') or refusal:find('user executing the script')) then
        return redis.error_reply('NOPERM the command ' .. step[1] .. ': ' .. refusal)
    end
    if refusal then
        return redis.error_reply(refusal)
    end
end
return 1
