-- Denies every try at an hourly budget for a while; a longer hold stays.
-- KEYS: 1 when the hold ends
-- ARGV: 1 the window, 2 how long the hold is to last, a window at most; microseconds
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local window = tonumber(ARGV[1])
local held = tonumber(redis.call('GET', KEYS[1]) or 0)
-- One that ends later than a window from now was set before the clock was set back.
local ends = math.max(now + tonumber(ARGV[2]), math.min(held, now + window))
redis.call('SET', KEYS[1], string.format('%.0f', ends), 'PX', math.ceil(window / 1000) + 1000)
return 0
