/** Lua: putting elements and what is inside them into Wireshark's tree. The same rules as src/codec/content.
 *  A view is a string of bytes and where it stands in the packet; packed or hexadecimal content stands nowhere of its own. */
export const RUNTIME_TREE = String.raw`
local contents = {}

local function rangeOf(view, from, to)
  if view.base == nil then return view.range end
  return view.tvb:range(view.base + from, math.max(1, to - from))
end

local function innerView(plan, view, start, stop, value, range)
  if plan.e == "bcd" then return { s = value, range = range, reveal = view.reveal } end
  if plan.y == "b" and plan.e ~= "binary" then
    local bytes = value:gsub("..", function(two) return string.char(tonumber(two, 16)) end)
    return { s = bytes, range = range, reveal = view.reveal }
  end
  local base = view.base and view.base + start or nil
  return { s = view.s:sub(start + 1, stop), base = base, tvb = view.tvb, range = range, reveal = view.reveal }
end

-- An element whose value stands from start to stop; its head begins at at.
local function put(tree, plan, view, at, start, stop, units, path)
  local raw = valueOf(plan, view.s:sub(start + 1, stop), units, path, start)
  local value = stripped(plan, raw)
  local range = rangeOf(view, at, stop)
  local shown = view.reveal and value or masked(value, plan.sec)
  if plan.c and plan.c.secret and not view.reveal then shown = "(below)" end
  local item = tree:add(plan.field, range, shown)
  if plan.v and plan.v[value] then item:append_text(" (" .. plan.v[value] .. ")") end
  if plan.c then contents[plan.c.k](item, plan.c, innerView(plan, view, start, stop, raw, range), path, 1) end
  return value
end

local function element(tree, plan, view, at, path)
  local start, stop, units = locate(plan, view.s, at, path)
  return stop, put(tree, plan, view, at, start, stop, units, path)
end

-- A part that the dialect does not describe: text as the text around it, everything else as bytes.
local function other(tree, content, view, at, start, stop, key)
  local body = view.s:sub(start + 1, stop)
  local text = content.around == "binary" and hexOf(body) or valueOf({ y = "ans", e = content.around }, body, #body, key, start)
  return tree:add(content.other, rangeOf(view, at, stop), key .. ": " .. text)
end

local function tagName(head, number)
  if head.e == "binary" then return string.format("%0" .. head.b * 2 .. "X", number) end
  return string.format("%0" .. (head.e == "bcd" and head.b * 2 or head.b) .. "d", number)
end

function contents.fields(tree, content, view, path)
  local at, row = 0, 0
  repeat
    row = row + 1
    if row > content.times then refuse(path, at, #view.s - at .. " bytes after the last subfield") end
    local from = at
    for _, part in ipairs(content.parts) do
      if content.partial and at >= #view.s then break end
      at = element(tree, part[2], view, at, path .. "." .. part[1])
    end
  until at >= #view.s or at == from
end

local function heads(view, path, first, second, own, visit)
  local at, s = 0, view.s
  while at < #s do
    local start = at + first.b + second.b
    if start > #s then refuse(path, at, "cut in the head of a tag") end
    local number, length = numberAt(first, s, at), numberAt(second, s, at + first.b)
    if number == nil or length == nil then refuse(path, at, "a tag or a length is not a number") end
    local stop = start + length - own
    if stop < start or stop > #s then refuse(path, start, length .. " bytes are announced, " .. #s - start .. " are left") end
    visit(tagName(first, number), at, start, stop)
    at = stop
  end
end

function contents.tags(tree, content, view, path)
  local own = content.length.i and content.tag.b + content.length.b or 0
  heads(view, path, content.tag, content.length, own, function(key, at, start, stop)
    local plan = content.tags[key]
    if plan == nil then return other(tree, content, view, at, start, stop, key) end
    put(tree, plan, view, at, start, stop, unitsOf(plan, stop - start), path .. "." .. key)
  end)
end

function contents.datasets(tree, content, view, path)
  heads(view, path, content.id, content.length, 0, function(key, at, start, stop)
    key = hexOf(view.s:sub(at + 1, at + content.id.b))
    local set = content.sets[key]
    local item = tree
    if set == nil or view.reveal or not set.secret then item = other(tree, content, view, at, start, stop, key) end
    local plan = { y = "b", e = "binary" }
    if set then contents[set.k](item, set, innerView(plan, view, start, stop, "", rangeOf(view, at, stop)), path .. "." .. key) end
  end)
end

function contents.bitmapped(tree, content, view, path)
  if #view.s == 0 then return end
  if #view.s < content.bytes then refuse(path, 0, "the bitmap needs " .. content.bytes .. " bytes") end
  local at = content.bytes
  for bit = 1, content.bytes * 8 do
    local byte = view.s:byte(math.floor((bit - 1) / 8) + 1)
    if math.floor(byte / 2 ^ (7 - (bit - 1) % 8)) % 2 == 1 then
      local plan = content.fields[bit]
      if plan == nil then refuse(path .. "." .. bit, at, "no such subfield") end
      at = element(tree, plan, view, at, path .. "." .. bit)
    end
  end
  if at < #view.s then refuse(path, at, #view.s - at .. " bytes after the last subfield") end
end

-- One BER-TLV: tag, whether templates are inside, start and end of the value.
local function berHead(s, at, path)
  local first, stop = s:byte(at + 1), at + 1
  if first % 32 == 31 then
    repeat
      stop = stop + 1
      if stop > #s or stop - at > 4 then refuse(path, at, "the tag is cut or too long") end
    until s:byte(stop) < 0x80
  end
  local tag = hexOf(s:sub(at + 1, stop))
  local length = s:byte(stop + 1)
  if length == nil then refuse(path, stop, "no length") end
  local start = stop + 1
  if length >= 0x80 then
    local count = length - 0x80
    if count < 1 or count > 4 or start + count > #s then refuse(path, stop, "a length that cannot be read") end
    length = numberAt({ e = "binary", b = count }, s, start)
    start = start + count
  end
  if start + length > #s then refuse(path, start, length .. " bytes are announced, " .. #s - start .. " are left") end
  return tag, math.floor(first / 32) % 2 == 1, start, start + length
end

function contents.ber(tree, content, view, path, depth)
  if depth > 16 then refuse(path, 0, "templates more than 16 deep") end
  local at = 0
  while at < #view.s do
    local tag, constructed, start, stop = berHead(view.s, at, path)
    local plan = content.tags[tag]
    if constructed then
      local range = rangeOf(view, at, stop)
      local item = tree:add(content.other, range, tag)
      contents.ber(item, content, innerView({ y = "b", e = "binary" }, view, start, stop, "", range), path .. "." .. tag, depth + 1)
    elseif plan == nil then
      other(tree, content, view, at, start, stop, tag)
    else
      put(tree, plan, view, at, start, stop, unitsOf(plan, stop - start), path .. "." .. tag)
    end
    at = stop
  end
end
`;
