import { script } from "../script.ts";

/**
 * One room's window is two keys under one hash tag.
 *
 * KEYS[1]  the head, a hash that outlives the stream: `s` `n` of the room's last record, `fs` `fn` of the last one
 *          that is no longer in the window, `b` bytes of the records in it.
 * KEYS[2]  the records, a stream: id `<seq>-<n>`, `a` wall clock of ingest, `i` the record as JSON.
 *
 * Numbers stay text where they are not compared: Lua writes a seq of 16 digits with 14.
 */
const KEPT = `
local function head()
  local h = redis.call('HMGET', KEYS[1], 's', 'n', 'fs', 'fn', 'b')
  local known = { s = h[1] or '0', n = h[2] or '0', fs = h[3] or '0', fn = h[4] or '0', b = tonumber(h[5] or '0') }
  if redis.call('EXISTS', KEYS[2]) == 0 then
    known.fs, known.fn, known.b = known.s, known.n, 0
  end
  return known
end

local function save(h)
  redis.call('HSET', KEYS[1], 's', h.s, 'n', h.n, 'fs', h.fs, 'fn', h.fn, 'b', string.format('%.0f', h.b))
end

-- Adds what ARGV has from \`first\` on: seq, n, wall clock, JSON of each.
local function add(h, first)
  for i = first, #ARGV, 4 do
    redis.call('XADD', KEYS[2], ARGV[i] .. '-' .. ARGV[i + 1], 'a', ARGV[i + 2], 'i', ARGV[i + 3])
    h.s, h.n, h.b = ARGV[i], ARGV[i + 1], h.b + #ARGV[i + 3]
  end
end

-- Forgets from the old end until the bounds hold; true if it did.
local function trim(h, maxItems, maxBytes, oldest)
  local len = redis.call('XLEN', KEYS[2])
  local kept, from, last = len, '-', nil
  local enough = false
  while kept > 0 and not enough do
    for _, entry in ipairs(redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', math.max(1, kept - maxItems + 1))) do
      local fields = entry[2]
      if kept <= maxItems and h.b <= maxBytes and tonumber(fields[2]) >= oldest then
        enough = true
        break
      end
      kept, h.b, last = kept - 1, h.b - #fields[4], entry[1]
    end
    if last then from = '(' .. last end
  end
  if not last then return false end
  redis.call('XTRIM', KEYS[2], 'MAXLEN', kept)
  h.fs, h.fn = string.match(last, '^(%d+)-(%d+)$')
  return true
end

local function expire(streamMs, headMs)
  redis.call('PEXPIRE', KEYS[2], streamMs)
  redis.call('PEXPIRE', KEYS[1], headMs)
end
`;

/** ARGV: prev, items, bytes and oldest wall clock at most, life of stream and head in ms, then the records. */
export const APPEND = script(
  "window append",
  `${KEPT}
local h = head()
if h.s ~= ARGV[1] then
  if tonumber(h.s) < tonumber(ARGV[1]) then return 'behind' end
  return 'ahead'
end
add(h, 7)
trim(h, tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
save(h)
expire(ARGV[5], ARGV[6])
return 'written'
`,
);

/** ARGV: head's seq and n, floor's seq and n, the bounds and lives as for APPEND, then the records. */
export const OPEN = script(
  "window open",
  `${KEPT}
local h = head()
if tonumber(h.s) > tonumber(ARGV[1]) then return 'ahead' end
redis.call('DEL', KEYS[2])
h.fs, h.fn, h.b = ARGV[3], ARGV[4], 0
add(h, 10)
trim(h, tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]))
h.s, h.n = ARGV[1], ARGV[2]
save(h)
expire(ARGV[8], ARGV[9])
return 'written'
`,
);

/** ARGV: first seq wanted, records at most or `all`, the bounds. Answers head, floor, and the records, newest first. */
export const READ = script(
  "window read",
  `${KEPT}
local h = head()
if trim(h, tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])) then save(h) end
local items, found = {}, {}
if ARGV[2] == 'all' then
  found = redis.call('XREVRANGE', KEYS[2], '+', ARGV[1])
elseif ARGV[2] ~= '0' then
  found = redis.call('XREVRANGE', KEYS[2], '+', ARGV[1], 'COUNT', ARGV[2])
end
for i, entry in ipairs(found) do items[i] = entry[2][4] end
return { h.s, h.n, h.fs, h.fn, items }
`,
);

/** ARGV: ids of records. */
export const REMOVE = script(
  "window remove",
  `${KEPT}
local h = head()
for _, id in ipairs(ARGV) do
  local entry = redis.call('XRANGE', KEYS[2], id, id)[1]
  if entry then
    h.b = h.b - #entry[2][4]
    redis.call('XDEL', KEYS[2], id)
  end
end
if redis.call('EXISTS', KEYS[1]) == 1 then save(h) end
return #ARGV
`,
);

export const WINDOW_SCRIPTS = [APPEND, OPEN, READ, REMOVE] as const;
