-- One look at an hourly budget, or one try, by this server's own clock: those of its users do not matter.
-- KEYS: 1 the calls in the window, a list of their moments, oldest first; 2 when a hold ends
-- ARGV: 1 the window, 2 the limit, 3 how much of it must stay free, 4 "take" or "look"
-- Returns: whether a call was taken, now, calls in the window, the oldest, the one that must leave before a
-- try can succeed, when a hold ends; 0 where there is none. All moments and times are in microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local window = tonumber(ARGV[1])
local allowed = ARGV[2] - ARGV[3]
local lifetime_ms = math.ceil(window / 1000) + 1000

local function at(index)
  return tonumber(redis.call('LINDEX', KEYS[1], index))
end

local function text(moment) -- Lua would write so large a number with an exponent
  return string.format('%.0f', moment)
end

local used = redis.call('LLEN', KEYS[1])
while used > 0 and at(0) <= now - window do
  redis.call('LPOP', KEYS[1])
  used = used - 1
end

-- A clock that was set back leaves calls in the future: they count as made now.
local newest = used - 1
while newest >= 0 and at(newest) > now do
  redis.call('LSET', KEYS[1], newest, text(now))
  newest = newest - 1
end
local held = tonumber(redis.call('GET', KEYS[2]) or 0)
if held > now + window then
  held = now + window
  redis.call('SET', KEYS[2], text(held), 'PX', lifetime_ms)
end

local granted = ARGV[4] == 'take' and used < allowed and held <= now
local blocking = 0
if granted then
  redis.call('RPUSH', KEYS[1], text(now))
  redis.call('PEXPIRE', KEYS[1], lifetime_ms)
  used = used + 1
elseif used >= allowed and allowed > 0 then
  blocking = at(used - allowed)
end
local oldest = 0
if used > 0 then
  oldest = at(0)
end
return {granted and 1 or 0, now, used, oldest, blocking, held}
