import { script } from "../script.ts";

/**
 * One room's window is four keys under one hash tag.
 *
 * KEYS[1]  the head, a hash that outlives the streams: `s` `n` `l` seq, n and wall clock of the room's last record, `fs`
 *          `fn` the last one that is no longer in the window, `b` bytes of the records in it, `pb` of those kept of the
 *          past, `kf` the seq after which none of these was forgotten, `x` the last record that was too old, `st` the
 *          room's state as JSON, as of this head.
 * KEYS[2]  the records, a stream: id `<seq>-<n>`, `a` wall clock of ingest, `i` the record as JSON, `f` what it is: `k`
 *          one that is kept, `e` the end of a batch.
 * KEYS[3]  control and paid records that had no room, a stream of the same form.
 * KEYS[4]  where batches that had no room ended, a stream of the same ids.
 *
 * Numbers stay text where they are not compared: Lua writes a seq of 16 digits with 14.
 */
const KEPT = `
local MARKS = 4096

-- ARGV from \`first\` on: records and bytes at most, the oldest wall clock, kept records and their bytes at most.
local function bounds(first)
  local b = {}
  for i, name in ipairs({ 'items', 'bytes', 'oldest', 'kept', 'keptBytes' }) do b[name] = tonumber(ARGV[first + i - 1]) end
  return b
end

local function head(b)
  local v = redis.call('HMGET', KEYS[1], 's', 'n', 'l', 'fs', 'fn', 'b', 'pb', 'kf', 'x')
  local h = { s = v[1] or '0', n = v[2] or '0', l = v[3] or '0', fs = v[4] or '0', fn = v[5] or '0',
    b = tonumber(v[6] or '0'), pb = tonumber(v[7] or '0'), kf = v[8] or '0', x = v[9] or '0' }
  if redis.call('EXISTS', KEYS[2]) == 0 then
    -- By age, or by accident: then somebody else has to know what was to be kept.
    if tonumber(h.l) < b.oldest then h.x = h.s else h.kf = h.s end
    h.fs, h.fn, h.b = h.s, h.n, 0
  end
  if redis.call('EXISTS', KEYS[3]) == 0 then h.pb = 0 end
  return h
end

local function save(h)
  redis.call('HSET', KEYS[1], 's', h.s, 'n', h.n, 'l', h.l, 'fs', h.fs, 'fn', h.fn, 'kf', h.kf, 'x', h.x,
    'b', string.format('%.0f', h.b), 'pb', string.format('%.0f', h.pb))
end

-- Adds the records of ARGV from \`first\` to \`last\`: seq, n, wall clock, what it is, JSON of each.
local function add(key, first, last, each)
  for i = first, last, 5 do
    redis.call('XADD', key, ARGV[i] .. '-' .. ARGV[i + 1], 'a', ARGV[i + 2], 'i', ARGV[i + 4], 'f', ARGV[i + 3])
    each(i)
  end
end

local function push(h, first)
  add(KEYS[2], first, #ARGV, function(i)
    h.s, h.n, h.l, h.b = ARGV[i], ARGV[i + 1], ARGV[i + 2], h.b + #ARGV[i + 4]
  end)
end

-- Takes entries off the old end of a stream for as long as \`goes(entry, entries left)\` says so.
local function drop(key, most, goes)
  local left, from, last = redis.call('XLEN', key), '-', nil
  local enough = false
  while left > 0 and not enough do
    for _, entry in ipairs(redis.call('XRANGE', key, from, '+', 'COUNT', math.max(1, left - most + 1))) do
      if not goes(entry, left) then
        enough = true
        break
      end
      left, last = left - 1, entry[1]
    end
    if last then from = '(' .. last end
  end
  if last then redis.call('XTRIM', key, 'MAXLEN', left) end
  return last
end

local function seqOf(id) return string.match(id, '^%d+') end

local function later(x, seq)
  if tonumber(seq) > tonumber(x) then return seq end
  return x
end

-- Forgets until the bounds hold; true if anything was.
local function trim(h, b)
  local gone = drop(KEYS[2], b.items, function(entry, left)
    local at, json, is = entry[2][2], entry[2][4], entry[2][6]
    local old = tonumber(at) < b.oldest
    if left <= b.items and h.b <= b.bytes and not old then return false end
    h.b = h.b - #json
    if old then
      h.x = later(h.x, seqOf(entry[1]))
    else
      if string.find(is, 'k') then
        redis.call('XADD', KEYS[3], entry[1], 'a', at, 'i', json, 'f', is)
        h.pb = h.pb + #json
      end
      if string.find(is, 'e') then redis.call('XADD', KEYS[4], 'MAXLEN', MARKS, entry[1], 'a', at) end
    end
    return true
  end)
  if gone then h.fs, h.fn = string.match(gone, '^(%d+)-(%d+)$') end
  local forgotten = drop(KEYS[3], b.kept, function(entry, left)
    local old = tonumber(entry[2][2]) < b.oldest
    if left <= b.kept and h.pb <= b.keptBytes and not old then return false end
    h.pb = h.pb - #entry[2][4]
    if old then h.x = later(h.x, seqOf(entry[1])) else h.kf = seqOf(entry[1]) end
    return true
  end)
  local passed = drop(KEYS[4], MARKS, function(entry) return tonumber(entry[2][2]) < b.oldest end)
  if passed then h.x = later(h.x, seqOf(passed)) end
  return gone or forgotten or passed
end

local function expire(streamMs, headMs)
  for i = 2, 4 do redis.call('PEXPIRE', KEYS[i], streamMs) end
  redis.call('PEXPIRE', KEYS[1], headMs)
end

local function jsons(entries)
  local found = {}
  for i, entry in ipairs(entries) do found[i] = entry[2][4] end
  return found
end
`;

/** ARGV: prev, the bounds, life of streams and head in ms, the room's state where it changed, then the records. */
export const APPEND = script(
  "window append",
  `${KEPT}
local b = bounds(2)
local h = head(b)
if h.s ~= ARGV[1] then
  if tonumber(h.s) < tonumber(ARGV[1]) then return 'behind' end
  return 'ahead'
end
push(h, 10)
trim(h, b)
save(h)
-- Without one it is as it was: none of these records changed it.
if ARGV[9] ~= '' then redis.call('HSET', KEYS[1], 'st', ARGV[9]) end
expire(ARGV[7], ARGV[8])
return 'written'
`,
);

/**
 * ARGV: head's seq and n, floor's seq and n, `kf`, the bounds, the lives, the room's state or nothing, how many records
 * were kept, these, the records.
 */
export const OPEN = script(
  "window open",
  `${KEPT}
local b = bounds(6)
local h = head(b)
if tonumber(h.s) > tonumber(ARGV[1]) then return 'ahead' end
local was = h.s
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
h.fs, h.fn, h.kf, h.x, h.b, h.pb = ARGV[3], ARGV[4], ARGV[5], '0', 0, 0
-- Without records nobody knows how old the last one is: not older than now.
h.l = string.format('%.0f', b.oldest + tonumber(ARGV[11]))
local first = 15 + tonumber(ARGV[14]) * 5
add(KEYS[3], 15, first - 1, function(i) h.pb = h.pb + #ARGV[i + 4] end)
push(h, first)
trim(h, b)
if ARGV[13] ~= '' then
  redis.call('HSET', KEYS[1], 'st', ARGV[13])
elseif was ~= ARGV[1] then
  -- Nobody says what lies between the two heads: the state of the old one is not that of the new.
  redis.call('HDEL', KEYS[1], 'st')
end
h.s, h.n = ARGV[1], ARGV[2]
save(h)
expire(ARGV[11], ARGV[12])
return 'written'
`,
);

/**
 * ARGV: after, first seq wanted, records at most or `all`, the bounds. Answers head, floor and the records, newest first;
 * below the floor also what was kept, since where, the last that was too old, and the ordinal at `after`.
 */
export const READ = script(
  "window read",
  `${KEPT}
local b = bounds(4)
local h = head(b)
if trim(h, b) then save(h) end
local items = {}
local from = ARGV[2] .. '-0'
if ARGV[3] == 'all' then
  items = redis.call('XREVRANGE', KEYS[2], '+', from)
elseif ARGV[3] ~= '0' then
  items = redis.call('XREVRANGE', KEYS[2], '+', from, 'COUNT', ARGV[3])
end
local answer = { h.s, h.n, h.fs, h.fn, jsons(items) }
if tonumber(ARGV[1]) < tonumber(h.fs) then
  answer[6] = jsons(redis.call('XRANGE', KEYS[3], from, '+'))
  answer[7], answer[8] = h.kf, h.x
  local mark = redis.call('XRANGE', KEYS[4], ARGV[1], ARGV[1], 'COUNT', 1)[1]
  if mark then answer[9] = string.match(mark[1], '%d+$') end
end
return answer
`,
);

/** ARGV: the oldest wall clock, then ids of records. */
export const REMOVE = script(
  "window remove",
  `${KEPT}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local h = head({ oldest = tonumber(ARGV[1]) })
local function take(key, id)
  local entry = redis.call('XRANGE', key, id, id)[1]
  if not entry then return 0 end
  redis.call('XDEL', key, id)
  return #entry[2][4]
end
for i = 2, #ARGV do
  h.b = h.b - take(KEYS[2], ARGV[i])
  h.pb = h.pb - take(KEYS[3], ARGV[i])
end
save(h)
return #ARGV - 1
`,
);

export const WINDOW_SCRIPTS = [APPEND, OPEN, READ, REMOVE] as const;
