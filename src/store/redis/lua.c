/* The Lua scripts that run inside Redis. */
#include "store/redis/lua.h"

/* Turns Lua into a string. Line breaks become spaces, so the Lua has no comments. */
#define LUA(...) #__VA_ARGS__ " "

#define COMMON                                                                                \
  LUA(local P = 'feedmill:'                                                                   \
      local call = redis.call)                                                                \
  "local FIELDS = {" FM_REDIS_FIELDS "} "                                                     \
  LUA(local function pad(n) return string.format('%016d', n) end                              \
      local function fields(page) return call('HMGET', P..'page:'..page, unpack(FIELDS)) end  \
      local function member(n, page)                                                          \
        local m = call('HGET', P..'e:'..n, '@'..page)                                         \
        if not m then return nil end                                                          \
        local f, l, a = string.match(m, '(%S+) (%S+) (%S+)')                                  \
        return {f = f, l = l, a = a}                                                          \
      end                                                                                     \
      local function put(n, page, m)                                                          \
        call('HSET', P..'e:'..n, '@'..page, m.f..' '..m.l..' '..m.a)                          \
      end                                                                                     \
      local function left_set(m, page)                                                           \
        return P..(m.a == '-' and 'open:' or 'shut:')..page                                   \
      end                                                                                     \
      local function enter(n, page, m)                                                        \
        if m.l == '-' then return end                                                         \
        call('ZREM', left_set(m, page), pad(n))                                                  \
        call('ZREM', P..'gone', pad(n)..' '..page)                                            \
        m.l = '-'                                                                             \
        put(n, page, m)                                                                       \
      end                                                                                     \
      local function leave(n, page, m, last)                                                  \
        m.l = last                                                                            \
        put(n, page, m)                                                                       \
        call('ZADD', left_set(m, page), call('HGET', P..'e:'..n, 'p'), pad(n))                   \
        call('ZADD', P..'gone', last, pad(n)..' '..page)                                      \
      end                                                                                     \
      local function leave_all(page, here, stays, last)                                       \
        for n in string.gmatch(here or '', '%d+') do                                          \
          local m = not stays[n] and member(n, page)                                          \
          if m then leave(n, page, m, last) end                                               \
        end                                                                                   \
      end                                                                                     \
      local function set_meta(page, at)                                                       \
        local set = {}                                                                        \
        for i = 1, 10 do                                                                      \
          set[2 * i - 1] = FIELDS[i]                                                          \
          set[2 * i] = ARGV[at + i - 1]                                                       \
        end                                                                                   \
        call('HSET', P..'page:'..page, unpack(set))                                           \
        call('ZADD', P..'pages', 0, page)                                                     \
        if ARGV[at + 3] ~= '' then call('ZADD', P..'fetched', ARGV[at + 3], page) end         \
      end                                                                                     \
      local function tell(node, rev, page)                                                    \
        call('PUBLISH', P..'changed:'..string.match(node, '%d+'), node..' '..rev..' '..page)  \
      end)

/* Writing and dropping a state and its index entries. */
#define STATE                                                                                 \
  LUA(local P, call = 'feedmill:', redis.call                                                 \
      local function now() return call('TIME')[1] end                                         \
      local function put_state(key, value, used)                                              \
        call('HSET', P..'state:'..key, 'v', value, 'u', used)                                 \
        call('ZADD', P..'states', 0, key)                                                     \
        call('ZADD', P..'used', used, key)                                                    \
      end                                                                                     \
      local function drop_state(key)                                                          \
        call('ZREM', P..'states', key)                                                        \
        call('ZREM', P..'used', key)                                                          \
        return call('DEL', P..'state:'..key)                                                  \
      end                                                                                     \
      local function tell(node, key)                                                          \
        call('PUBLISH', P..'changed:'..string.match(node, '%d+'), node..' s '..key)           \
      end)

/* Records times of entering in a view; an unknown time is "". */
#define VIEW                                                                                  \
  LUA(local P, call = 'feedmill:', redis.call                                                 \
      local function now() return call('TIME')[1] end                                         \
      local function view_key(page, view) return P..'view:'..page..'\n'..view end             \
      local function use_view(page, view, used, max)                                          \
        call('ZADD', P..'views:'..page, used, view)                                           \
        for _, old in ipairs(call('ZRANGE', P..'views:'..page, 0, -max - 1)) do               \
          call('DEL', view_key(page, old))                                                    \
          call('ZREM', P..'views:'..page, old)                                                \
        end                                                                                   \
      end)

const char fm_lua_enter[] = VIEW LUA(
  local page, source, view, at, max = unpack(ARGV, 1, 5)
  if call('EXISTS', P..'page:'..page) == 0 then return false end
  if not call('ZSCORE', P..'views:'..page, view) then at = '' end
  use_view(page, view, now(), max)
  local out, key = {}, view_key(page, view)
  for i = 6, #ARGV do
    local n = call('HGET', P..'ids:'..source, ARGV[i])
    if n then
      call('HSETNX', key, n, at)
      out[i - 5] = call('HGET', key, n)
    else
      out[i - 5] = false
    end
  end
  return out
);

const char fm_lua_export_view[] = VIEW LUA(
  local from = ARGV[1] == '' and '-' or '['..ARGV[1]
  for _, page in ipairs(call('ZRANGEBYLEX', P..'pages', from, '+')) do
    local names = call('ZRANGE', P..'views:'..page, 0, -1)
    table.sort(names)
    for _, view in ipairs(names) do
      if page ~= ARGV[1] or view > ARGV[2] then
        local out, all = {}, call('HGETALL', view_key(page, view))
        for i = 1, #all, 2 do
          local id = call('HGET', P..'e:'..all[i], 'i')
          if id then
            out[#out + 1] = id
            out[#out + 1] = all[i + 1]
          end
        end
        return {page, view, call('ZSCORE', P..'views:'..page, view), out}
      end
    end
  end
  return false
);

const char fm_lua_import_view[] = VIEW LUA(
  local page, source, view, used, max = unpack(ARGV, 1, 5)
  local was = call('ZSCORE', P..'views:'..page, view)
  if used == '' then used = now() end
  if not was or tonumber(was) < tonumber(used) then use_view(page, view, used, max) end
  call('ZADD', P..'pages', 0, page)
  call('HSETNX', P..'page:'..page, 'rev', 0)
  for i = 6, #ARGV, 2 do
    local n = call('HGET', P..'ids:'..source, ARGV[i])
    if n then call('HSETNX', view_key(page, view), n, ARGV[i + 1]) end
  end
  return 1
);

const char fm_lua_state_get[] = STATE LUA(
  local key = ARGV[1]
  local got = call('HMGET', P..'state:'..key, 'v', 'u')
  if got[1] and now() - got[2] >= 86400 then
    call('HSET', P..'state:'..key, 'u', now())
    call('ZADD', P..'used', now(), key)
  end
  return got[1]
);

const char fm_lua_state_set[] = STATE LUA(
  put_state(ARGV[2], ARGV[3], now())
  tell(ARGV[1], ARGV[2])
  return 1
);

const char fm_lua_state_delete[] = STATE LUA(
  if drop_state(ARGV[2]) == 1 then tell(ARGV[1], ARGV[2]) end
  return 1
);

const char fm_lua_state_list[] = STATE LUA(
  local prefix, after, out = ARGV[1], ARGV[2], {}
  local from = after ~= '' and '('..after or prefix ~= '' and '['..prefix or '-'
  for _, key in ipairs(call('ZRANGEBYLEX', P..'states', from, '+', 'LIMIT', 0, ARGV[3])) do
    if string.sub(key, 1, #prefix) ~= prefix then break end
    local got = call('HMGET', P..'state:'..key, 'v', 'u')
    out[#out + 1] = key
    out[#out + 1] = got[1] or ''
    out[#out + 1] = got[2] or ''
  end
  return out
);

const char fm_lua_state_add[] = STATE LUA(
  local used, key, value = ARGV[1], ARGV[2], ARGV[3]
  if call('EXISTS', P..'state:'..key) == 1 then return 0 end
  put_state(key, value, used == '' and now() or used)
  return 1
);

const char fm_lua_hello[] = LUA(
  local P = 'feedmill:'
  redis.call('SETNX', P..'schema', ARGV[1])
  return {tonumber(redis.call('GET', P..'schema')), tonumber(redis.call('TIME')[1])}
);

/* The newest entries that are no longer listed, of both sets. */
#define LEFT                                                                                  \
  LUA(local function left(page, most)                                                         \
        local a = call('ZREVRANGE', P..'open:'..page, 0, most - 1, 'WITHSCORES')              \
        local b = call('ZREVRANGE', P..'shut:'..page, 0, most - 1, 'WITHSCORES')              \
        local i, j, out = 1, 1, {}                                                            \
        while #out < most and (a[i] or b[j]) do                                               \
          local x, y = tonumber(a[i + 1]), tonumber(b[j + 1])                                 \
          if not y or (x and (x > y or (x == y and a[i] > b[j]))) then                        \
            out[#out + 1] = a[i]                                                              \
            i = i + 2                                                                         \
          else                                                                                \
            out[#out + 1] = b[j]                                                              \
            j = j + 2                                                                         \
          end                                                                                 \
        end                                                                                   \
        return out                                                                            \
      end)

#define ENTRY                                                                                 \
  LUA(local function entry(n, out)                                                            \
        local e = call('HMGET', P..'e:'..n, 'p', 'u', 'd')                                    \
        if not e[3] then return end                                                           \
        for i = 1, 3 do out[#out + 1] = e[i] end                                              \
      end)

const char fm_lua_load[] = COMMON LEFT ENTRY LUA(
  local page, most = ARGV[1], tonumber(ARGV[2])
  if call('EXISTS', P..'page:'..page) == 0 then return false end
  local f, out, count = fields(page), {}, 0
  for n in string.gmatch(f[11] or '', '%d+') do
    if count < most then entry(n, out) end
    count = count + 1
  end
  if count < most then
    for _, n in ipairs(left(page, most - count)) do entry(tonumber(n), out) end
  end
  return {f, out}
);

const char fm_lua_merge_get[] = COMMON LUA(
  local page, source = ARGV[1], ARGV[2]
  local f, here, entries = fields(page), {}, {}
  for n in string.gmatch(f[11] or '', '%d+') do
    here[#here + 1] = n
    here[#here + 1] = call('HGET', P..'e:'..n, 'p') or '0'
  end
  for i = 3, #ARGV do
    local n = call('HGET', P..'ids:'..source, ARGV[i])
    local e = n and call('HMGET', P..'e:'..n, 'v', 'f', 'p', 'u', 'c', 'h', 'd')
    if e and e[7] then
      table.insert(e, 1, n)
      entries[i - 2] = e
    else
      entries[i - 2] = false
    end
  end
  return {f, here, entries}
);

const char fm_lua_merge_put[] = COMMON LUA(
  local page, source, node, now, last, rev, adding = unpack(ARGV, 1, 7)
  local at, hash, ids = 18, P..'page:'..page, P..'ids:'..source
  if (call('HGET', hash, 'rev') or '0') ~= rev then return 0 end
  for i = at, #ARGV, 9 do
    local n = ARGV[i + 1]
    if n == '' then
      local known = call('HGET', ids, ARGV[i])
      if known and call('EXISTS', P..'e:'..known) == 1 then return 0 end
    elseif call('HGET', P..'e:'..n, 'v') ~= ARGV[i + 2] then
      return 0
    end
  end
  local here, stays = {}, {}
  for i = #ARGV - 8, at, -9 do
    local id, n, v, f, p, u, c, h, d = unpack(ARGV, i, i + 8)
    if n == '' then
      n = string.format('%d', call('INCR', P..'seq'))
      call('HSET', ids, id, n)
      call('HSET', P..'e:'..n, 's', source, 'i', id, 'v', 1, 'f', f, 'p', p, 'u', u, 'c', c,
           'h', h, 'd', d)
    elseif d ~= '' then
      call('HSET', P..'e:'..n, 'v', v + 1, 'u', u, 'c', c, 'h', h, 'd', d)
    end
    local m = member(n, page)
    if adding == '1' then
      if not m then leave(n, page, {f = now, l = now, a = '-'}, now) end
    else
      if m then enter(n, page, m) else put(n, page, {f = now, l = '-', a = '-'}) end
      here[(i - at) / 9 + 1] = n
      stays[n] = true
    end
  end
  if adding ~= '1' then
    leave_all(page, call('HGET', hash, 'here'), stays, last)
    call('HSET', hash, 'here', table.concat(here, ' '))
  end
  set_meta(page, 8)
  local r = call('HINCRBY', hash, 'rev', 1)
  tell(node, r, page)
  return r
);

const char fm_lua_touch[] = COMMON LUA(
  local page, node = ARGV[1], ARGV[2]
  local f, now = fields(page), tonumber(call('TIME')[1])
  local had = tonumber(f[4] or '')
  if had and had > now and (tonumber(ARGV[6]) or had) <= now then had = nil end
  if had and (tonumber(ARGV[6]) or had - 1) < had then ARGV[6] = f[4] end
  ARGV[12] = f[10] or ''
  set_meta(page, 3)
  if f[4] ~= ARGV[6] or f[7] ~= ARGV[9] or f[8] ~= ARGV[10] then
    tell(node, call('HINCRBY', P..'page:'..page, 'rev', 1), page)
  end
  return #ARGV[12]
);

const char fm_lua_upstreams[] = COMMON LUA(
  local out = {}
  for i, page in ipairs(call('ZRANGE', P..'pages', 0, -1)) do
    local f = fields(page)
    f[10] = ''
    out[i] = {page, f}
  end
  return out
);

const char fm_lua_list[] = COMMON LUA(
  local page, most = ARGV[1], tonumber(ARGV[2])
  if call('EXISTS', P..'page:'..page) == 0 then return false end
  local f, here = fields(page), {}
  for n in string.gmatch(f[11] or '', '%d+') do
    local m = member(n, page)
    if m then
      here[#here + 1] = n
      here[#here + 1] = call('HGET', P..'e:'..n, 'p')
      here[#here + 1] = m.a
    end
  end
  return {f, here, call('ZREVRANGE', P..'open:'..page, 0, -1, 'WITHSCORES'),
          call('ZREVRANGE', P..'shut:'..page, 0, most - 1, 'WITHSCORES'),
          call('HGETALL', P..'arch:'..page)}
);

const char fm_lua_entries[] = COMMON ENTRY LUA(
  local out = {}
  for i = 1, #ARGV do entry(ARGV[i], out) end
  return out
);

const char fm_lua_parts[] = LUA(
  return redis.call('LRANGE', 'feedmill:part:'..ARGV[1]..' '..ARGV[2], 0, -1)
);

const char fm_lua_stage[] = LUA(
  redis.call('RPUSH', ARGV[1], ARGV[2])
  return redis.call('EXPIRE', ARGV[1], 3600)
);

const char fm_lua_seal[] = COMMON LUA(
  local page, month, now, count, stage = unpack(ARGV, 1, 5)
  local sealed, last = call('HGET', P..'page:'..page, 'sealed'), 0
  if sealed and tonumber(sealed) and tonumber(sealed) >= tonumber(month) then return 0 end
  if call('EXISTS', stage) == 0 then return 0 end
  for i = 6, #ARGV do
    local n = ARGV[i]
    local m = member(n, page)
    if m then
      local seen = m.l == '-' and now or m.l
      if tonumber(seen) > last then last = tonumber(seen) end
      if m.l ~= '-' then call('ZREM', left_set(m, page), pad(n)) end
      m.a = month
      put(n, page, m)
      if m.l ~= '-' then call('ZADD', left_set(m, page), call('HGET', P..'e:'..n, 'p'), pad(n)) end
    end
  end
  call('RENAME', stage, P..'part:'..page..' '..month)
  call('PERSIST', P..'part:'..page..' '..month)
  call('HSET', P..'arch:'..page, month, now..' '..count..' '..string.format('%d', last))
  call('HSET', P..'page:'..page, 'sealed', month)
  return 1
);

/* Expiry. An upstream's oldest archive is dropped first, so no prev-archive link breaks. */
#define FORGET                                                                                \
  LUA(local function leave_page(cutoff)                                                       \
        local page = call('ZRANGEBYSCORE', P..'fetched', '-inf', '('..cutoff, 'LIMIT', 0, 1)[1] \
        if not page then return 0 end                                                         \
        local f = fields(page)                                                                \
        leave_all(page, f[11], {}, f[4] or 0)                                                  \
        call('HSET', P..'page:'..page, 'here', '')                                            \
        call('ZREM', P..'fetched', page)                                                      \
        return 1                                                                              \
      end                                                                                     \
      local function drop_views(page)                                                         \
        for _, view in ipairs(call('ZRANGE', P..'views:'..page, 0, -1)) do                    \
          call('DEL', P..'view:'..page..'\n'..view)                                           \
        end                                                                                   \
        call('DEL', P..'views:'..page)                                                        \
      end                                                                                     \
      local function drop(n, page)                                                            \
        local m = member(n, page)                                                             \
        if m then call('ZREM', left_set(m, page), pad(n)) end                                    \
        call('HDEL', P..'e:'..n, '@'..page)                                                   \
        for _, view in ipairs(call('ZRANGE', P..'views:'..page, 0, -1)) do                    \
          call('HDEL', P..'view:'..page..'\n'..view, n)                                       \
        end                                                                                   \
        for _, field in ipairs(call('HKEYS', P..'e:'..n)) do                                  \
          if string.sub(field, 1, 1) == '@' then return 0 end                                 \
        end                                                                                   \
        local e = call('HMGET', P..'e:'..n, 's', 'i')                                         \
        if e[1] then call('HDEL', P..'ids:'..e[1], e[2]) end                                  \
        return call('DEL', P..'e:'..n)                                                        \
      end                                                                                     \
      local function drop_some(cutoff, most)                                                  \
        local old, count = call('ZRANGEBYSCORE', P..'gone', '-inf', '('..cutoff, 'LIMIT', 0, most), 0 \
        for _, gone in ipairs(old) do                                                         \
          count = count + drop(tonumber(string.sub(gone, 1, 16)), string.sub(gone, 18))       \
          call('ZREM', P..'gone', gone)                                                       \
        end                                                                                   \
        return #old > 0 and 1 or 0, count                                                     \
      end                                                                                     \
      local function oldest(page)                                                             \
        local month = nil                                                                     \
        for _, m in ipairs(call('HKEYS', P..'arch:'..page)) do                                \
          if not month or tonumber(m) < tonumber(month) then month = m end                    \
        end                                                                                   \
        return month                                                                          \
      end                                                                                     \
      local function drop_archive(cutoff)                                                     \
        for _, page in ipairs(call('ZRANGE', P..'pages', 0, -1)) do                           \
          local month = oldest(page)                                                          \
          local last = month and string.match(call('HGET', P..'arch:'..page, month), '%S+ %S+ (%S+)') \
          if last and tonumber(last) < cutoff then                                            \
            call('DEL', P..'part:'..page..' '..month)                                         \
            call('HDEL', P..'arch:'..page, month)                                             \
            return 1                                                                          \
          end                                                                                 \
        end                                                                                   \
        return 0                                                                              \
      end                                                                                     \
      local function drop_states(cutoff, most)                                                \
        local old = call('ZRANGEBYSCORE', P..'used', '-inf', '('..cutoff, 'LIMIT', 0, most)   \
        for _, key in ipairs(old) do                                                          \
          call('DEL', P..'state:'..key)                                                       \
          call('ZREM', P..'states', key)                                                      \
          call('ZREM', P..'used', key)                                                        \
        end                                                                                   \
        return #old > 0 and 1 or 0                                                            \
      end                                                                                     \
      local function drop_pages(cutoff)                                                       \
        for _, page in ipairs(call('ZRANGE', P..'pages', 0, -1)) do                           \
          local f, newest = fields(page), 0                                                   \
          for _, view in ipairs(call('ZRANGEBYSCORE', P..'views:'..page, '-inf', '('..cutoff)) do \
            call('DEL', P..'view:'..page..'\n'..view)                                         \
            call('ZREM', P..'views:'..page, view)                                             \
          end                                                                                 \
          for i = 4, 7 do newest = math.max(newest, tonumber(f[i] or '') or 0) end            \
          if (f[11] or '') == '' and newest < cutoff                                          \
             and call('EXISTS', P..'open:'..page, P..'shut:'..page, P..'arch:'..page) == 0 then \
            call('DEL', P..'page:'..page)                                                     \
            drop_views(page)                                                                  \
            call('ZREM', P..'pages', page)                                                    \
            call('ZREM', P..'fetched', page)                                                  \
          end                                                                                 \
        end                                                                                   \
        return 0                                                                              \
      end)

const char fm_lua_expire[] = COMMON FORGET LUA(
  local phase, cutoff, more, count = ARGV[1], tonumber(ARGV[2]), 0, 0
  if phase == '0' then more = leave_page(cutoff)
  elseif phase == '1' then more, count = drop_some(cutoff, ARGV[3])
  elseif phase == '2' then more = drop_archive(cutoff)
  elseif phase == '3' then more = drop_states(cutoff, ARGV[3])
  else more = drop_pages(cutoff) end
  return {more, count}
);

const char fm_lua_forget_upstream[] = COMMON FORGET LUA(
  local page = ARGV[1]
  local function forget(n)
    n = string.format('%d', tonumber(n))
    call('ZREM', P..'gone', pad(n)..' '..page)
    drop(n, page)
  end
  for n in string.gmatch(call('HGET', P..'page:'..page, 'here') or '', '%d+') do forget(n) end
  for _, left_set in ipairs({'open:', 'shut:'}) do
    for _, n in ipairs(call('ZRANGE', P..left_set..page, 0, -1)) do forget(n) end
  end
  for _, month in ipairs(call('HKEYS', P..'arch:'..page)) do
    call('DEL', P..'part:'..page..' '..month)
  end
  call('DEL', P..'page:'..page, P..'open:'..page, P..'shut:'..page, P..'arch:'..page)
  drop_views(page)
  call('ZREM', P..'pages', page)
  return call('ZREM', P..'fetched', page)
);

const char fm_lua_schema[] = LUA(
  return redis.call('SET', 'feedmill:schema', ARGV[1])
);

const char fm_lua_export_entries[] = COMMON LUA(
  local from, most, last = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(call('GET', P..'seq') or 0)
  local out, stop = {0}, math.min(last, from + 2000)
  for n = from, stop do
    if #out > most then
      stop = n - 1
      break
    end
    local e = call('HGETALL', P..'e:'..string.format('%d', n))
    if #e > 0 then out[#out + 1] = e end
  end
  if stop < last then out[1] = stop + 1 end
  return out
);

const char fm_lua_export_upstream[] = COMMON LUA(
  local after = ARGV[1] == '' and '-' or '('..ARGV[1]
  local page = call('ZRANGEBYLEX', P..'pages', after, '+', 'LIMIT', 0, 1)[1]
  if not page then return false end
  local f, names = fields(page), {}
  for n in string.gmatch(f[11] or '', '%d+') do
    names[#names + 1] = call('HGET', P..'e:'..n, 'i') or nil
  end
  return {page, f, names}
);

const char fm_lua_export_archive[] = COMMON LUA(
  local after = tonumber(ARGV[2])
  local from = ARGV[1] == '' and '-' or '['..ARGV[1]
  for _, page in ipairs(call('ZRANGEBYLEX', P..'pages', from, '+')) do
    local month = nil
    for _, m in ipairs(call('HKEYS', P..'arch:'..page)) do
      local x = tonumber(m)
      if (page ~= ARGV[1] or not after or x > after) and (not month or x < tonumber(month)) then
        month = m
      end
    end
    if month then
      return {page, month, call('HGET', P..'arch:'..page, month),
              call('LRANGE', P..'part:'..page..' '..month, 0, -1)}
    end
  end
  return false
);

const char fm_lua_import_entries[] = COMMON LUA(
  local i = 1
  while ARGV[i] do
    local id, source, f, p, u, c, h, d, places = unpack(ARGV, i, i + 8)
    local n = call('HGET', P..'ids:'..source, id)
    if not n or call('EXISTS', P..'e:'..n) == 0 then
      n = string.format('%d', call('INCR', P..'seq'))
      call('HSET', P..'ids:'..source, id, n)
      call('HSET', P..'e:'..n, 's', source, 'i', id, 'v', 1, 'f', f, 'p', p, 'u', u, 'c', c,
           'h', h, 'd', d)
    end
    i = i + 9
    for _ = 1, tonumber(places) do
      local page, first, last, archive = unpack(ARGV, i, i + 3)
      if not member(n, page) then
        local m = {f = first, l = '-', a = archive == '' and '-' or archive}
        if last == '' then put(n, page, m) else leave(n, page, m, last) end
        call('ZADD', P..'pages', 0, page)
        call('HSETNX', P..'page:'..page, 'rev', 0)
      end
      i = i + 4
    end
  end
  return 1
);

const char fm_lua_import_upstream[] = COMMON LUA(
  local page, source, sealed = ARGV[1], ARGV[2], ARGV[3]
  local f, there, here = fields(page), {}, {}
  local known = (f[4] or '') ~= '' or (f[10] or '') ~= '' or (f[11] or '') ~= ''
  for n in string.gmatch(f[11] or '', '%d+') do there[n] = true end
  for i = 14, #ARGV do
    local n = call('HGET', P..'ids:'..source, ARGV[i])
    if n then here[#here + 1] = n end
  end
  if known then
    for _, n in ipairs(here) do
      local m = not there[n] and member(n, page)
      if m and m.l == '-' then leave(n, page, m, ARGV[7] == '' and '0' or ARGV[7]) end
    end
    return 0
  end
  set_meta(page, 4)
  call('HSET', P..'page:'..page, 'here', table.concat(here, ' '))
  if sealed ~= '' then call('HSET', P..'page:'..page, 'sealed', sealed) end
  call('HINCRBY', P..'page:'..page, 'rev', 1)
  return 1
);

const char fm_lua_import_part[] = COMMON LUA(
  local page, month, sealed, count, last, part, d = unpack(ARGV, 1, 7)
  local value, list = sealed..' '..count..' '..last, P..'part:'..page..' '..month
  local known, at = call('HGET', P..'arch:'..page, month), tonumber(part)
  if not known and at == 0 then
    call('HSET', P..'arch:'..page, month, value)
    call('ZADD', P..'pages', 0, page)
    local was = tonumber(call('HGET', P..'page:'..page, 'sealed') or '')
    if not was or was < tonumber(month) then call('HSET', P..'page:'..page, 'sealed', month) end
  elseif known ~= value then
    return 0
  end
  if call('LLEN', list) > at then call('LSET', list, at, d) else call('RPUSH', list, d) end
  return 1
);

const char fm_lua_lease_take[] = LUA(
  local now = tonumber(redis.call('TIME')[1])
  if redis.call('SET', ARGV[1], ARGV[2], 'NX', 'PX', ARGV[3]) then return {0, now} end
  return {math.max(1, redis.call('PTTL', ARGV[1])), now}
);

const char fm_lua_lease_renew[] = LUA(
  if redis.call('GET', ARGV[1]) ~= ARGV[2] then return 0 end
  return redis.call('PEXPIRE', ARGV[1], ARGV[3])
);

const char fm_lua_lease_release[] = LUA(
  if redis.call('GET', ARGV[1]) ~= ARGV[2] then return 0 end
  return redis.call('DEL', ARGV[1])
);
