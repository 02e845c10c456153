/** Lua: the protocol itself. Expects `SPEC`, what the dialect says, and `PORT`, the port to listen on or nil. */
export const RUNTIME_PROTO = String.raw`
local proto = Proto(SPEC.proto, SPEC.title)
local fields = {}

local function field(abbreviation, name)
  local made = ProtoField.string(SPEC.proto .. "." .. abbreviation, name)
  fields[#fields + 1] = made
  return made
end

-- Gives each element its field in Wireshark; says whether something inside is secret.
local registerContent
local function register(plan, abbreviation, name)
  plan.field = field(abbreviation, name)
  local inside = plan.c and registerContent(plan.c, abbreviation, plan.y == "b" and "binary" or plan.e == "bcd" and "ascii" or plan.e)
  return inside or (plan.sec ~= nil and plan.sec ~= "mac")
end

registerContent = function(content, abbreviation, around)
  content.around, content.secret = around, false
  content.other = field(abbreviation .. ".other", "Not described")
  local function part(key, plan)
    if register(plan, abbreviation .. "." .. key, key .. " " .. plan.n) then content.secret = true end
  end
  for _, one in ipairs(content.parts or {}) do part(one[1], one[2]) end
  for key, plan in pairs(content.tags or content.fields or {}) do part(key, plan) end
  for id, set in pairs(content.sets or {}) do
    if registerContent(set, abbreviation .. "." .. id, around) then content.secret = true end
  end
  return content.secret
end

local mtiField, bitmapField, tpduField = field("mti", "Message type"), field("bitmap", "Bitmap"), field("tpdu", "TPDU")
local faultField = field("fault", "Does not fit the dialect")
for de, plan in pairs(SPEC.fields) do register(plan, "de" .. de, de .. " " .. plan.n) end
proto.fields = fields
local faultExpert = ProtoExpert.new(SPEC.proto .. ".misfit", "The message does not fit the dialect", expert.group.MALFORMED, expert.severity.ERROR)
proto.experts = { faultExpert }

proto.prefs.port = Pref.uint("TCP port", PORT or 0, "0: only by Decode As")
proto.prefs.header = Pref.enum("Length in front", SPEC.header, "How messages are cut out of the stream", {
  { 1, "2 bytes, big-endian", 0 }, { 2, "4 digits in ASCII", 1 }, { 3, "2 bytes of packed digits", 2 },
  { 4, "4 bytes, big-endian", 3 }, { 5, "none: a segment is a message", 4 },
}, false)
proto.prefs.own = Pref.bool("The length counts itself", SPEC.own, "")
proto.prefs.tpdu = Pref.bool("TPDU of five bytes", SPEC.tpdu, "Between length and message")
proto.prefs.show_secrets = Pref.bool("Show card numbers, tracks, PIN blocks and keys", false, "They are masked otherwise; the bytes of the packet are not")

local HEADERS = {
  [0] = { e = "binary", b = 2 }, [1] = { e = "ascii", b = 4 }, [2] = { e = "bcd", b = 2 }, [3] = { e = "binary", b = 4 },
}

-- One bitmap: its elements, and where it ends.
local function bitmapAt(s, at, base, elements)
  local size = SPEC.bitmap.e == "binary" and 8 or 16
  if at + size > #s then refuse("bitmap", at, "the bitmap needs " .. size .. " bytes, " .. #s - at .. " are left") end
  local map = s:sub(at + 1, at + size)
  if size == 16 then
    map = textOf(map, PAGES[SPEC.bitmap.e == "hex" and "ascii" or "ebcdic"])
    if map:find("[^0-9A-F]") then refuse("bitmap", at, "not an upper-case hexadecimal digit") end
    map = map:gsub("..", function(two) return string.char(tonumber(two, 16)) end)
  end
  for bit = base == 128 and 1 or 2, 64 do
    if math.floor(map:byte(math.floor((bit - 1) / 8) + 1) / 2 ^ (7 - (bit - 1) % 8)) % 2 == 1 then
      elements[#elements + 1] = base + bit
    end
  end
  return at + size, map:byte(1) >= 0x80, hexOf(map)
end

local function dissectMessage(tree, view)
  local at = SPEC.mti.e == "bcd" and 2 or 4
  if #view.s < at then refuse("mti", 0, "needs " .. at .. " bytes, " .. #view.s .. " are there") end
  local mti = valueOf(SPEC.mti, view.s:sub(1, at), 4, "mti", 0)
  tree:add(mtiField, rangeOf(view, 0, at), mti)
  local elements, from, more, text = {}, at, false, ""
  local map
  at, more, map = bitmapAt(view.s, at, 0, elements)
  text = map
  local third = false
  if SPEC.bitmap.always and not more then refuse("1", from, "this dialect always has the secondary bitmap") end
  if more then
    if SPEC.bitmap.count < 2 then refuse("1", at, "this dialect has no secondary bitmap") end
    at, third, map = bitmapAt(view.s, at, 64, elements)
    text = text .. map
    if third and SPEC.bitmap.count == 3 and not SPEC.bitmap.place then
      at, more, map = bitmapAt(view.s, at, 128, elements)
      text = text .. map
    elseif third then
      elements[#elements + 1] = 65
      table.sort(elements)
    end
  end
  tree:add(bitmapField, rangeOf(view, from, at), text)
  local found, index = {}, 1
  while elements[index] do
    local de = elements[index]
    if de == 65 and SPEC.bitmap.count == 3 then
      at = bitmapAt(view.s, at, 128, elements)
    else
      local plan = SPEC.fields[de]
      if plan == nil then refuse(tostring(de), at, "not an element of this dialect") end
      at, found[de] = element(tree, plan, view, at, tostring(de))
    end
    index = index + 1
  end
  if at < #view.s then refuse("end", at, #view.s - at .. " bytes after the last element") end
  return mti .. (found[11] and " STAN " .. found[11] or "") .. (found[39] and " RC " .. found[39] or "")
end

-- One message with what stands in front of it. Returns the bytes it took.
local function dissectFrame(tvb, pinfo, root)
  pinfo.cols.protocol = SPEC.name
  local tree = root:add(proto, tvb())
  local header = HEADERS[proto.prefs.header]
  local at = header and header.b or 0
  if tvb:len() == at then
    tree:append_text(", keep-alive")
    return tvb:len()
  end
  if proto.prefs.tpdu then
    if tvb:len() >= at + 5 then tree:add(tpduField, tvb:range(at, 5), hexOf(tvb:raw(at, 5))) end
    at = math.min(at + 5, tvb:len())
  end
  local view = { s = at < tvb:len() and tvb:raw(at) or "", base = at, tvb = tvb, reveal = proto.prefs.show_secrets }
  local ok, said = pcall(dissectMessage, tree, view)
  if ok then
    tree:append_text(", " .. said)
    pinfo.cols.info = said
  else
    local fault = type(said) == "table" and said.path .. " at " .. said.at .. ": " .. said.reason or tostring(said)
    tree:add(faultField, tvb(), fault)
    tree:add_proto_expert_info(faultExpert, fault)
    pinfo.cols.info = "does not fit " .. SPEC.name .. ": " .. fault
  end
  return tvb:len()
end

local function frameLength(tvb, pinfo, offset)
  local header = HEADERS[proto.prefs.header]
  local length = numberAt(header, tvb:raw(offset, header.b), 0)
  if length == nil then return tvb:len() - offset end
  if proto.prefs.own then return math.max(header.b, length) end
  return header.b + length
end

function proto.dissector(tvb, pinfo, root)
  local header = HEADERS[proto.prefs.header]
  if header == nil then return dissectFrame(tvb, pinfo, root) end
  return dissect_tcp_pdus(tvb, root, header.b, frameLength, dissectFrame, true)
end

local ports = DissectorTable.get("tcp.port")
local listening = PORT or 0
if listening > 0 then ports:add(listening, proto) end
ports:add_for_decode_as(proto)
function proto.prefs_changed()
  if proto.prefs.port == listening then return end
  if listening > 0 then ports:remove(listening, proto) end
  listening = proto.prefs.port
  if listening > 0 then ports:add(listening, proto) end
end
`;
