/** Lua 5.2 to 5.4: reading values of a dialect from strings of bytes. The same rules as src/codec/values and prefix.ts.
 *  Expects `PAGES`, code pages by name. */
export const RUNTIME_VALUES = String.raw`
local function hexOf(s)
  return (s:gsub(".", function(c) return string.format("%02X", c:byte()) end))
end

local function utf8Of(code)
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
  return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

local function textOf(s, page)
  return (s:gsub(".", function(c)
    local byte = c:byte()
    return utf8Of(page and page[byte + 1] or byte)
  end))
end

local function refuse(path, at, reason)
  error({ path = path, at = at, reason = reason }, 0)
end

-- The number of a length prefix or a tag at an offset from 0; nil when it is none.
local function numberAt(prefix, s, at)
  local value = 0
  for index = at + 1, at + prefix.b do
    local byte = s:byte(index)
    if prefix.e == "binary" then
      value = value * 256 + byte
    elseif prefix.e == "bcd" then
      local high, low = math.floor(byte / 16), byte % 16
      if high > 9 or low > 9 then return nil end
      value = value * 100 + high * 10 + low
    else
      local digit = byte - (prefix.e == "ascii" and 0x30 or 0xF0)
      if digit < 0 or digit > 9 then return nil end
      value = value * 10 + digit
    end
  end
  return value
end

local function unitsOf(plan, size)
  if plan.e == "bcd" then return plan.y == "x+n" and (size - 1) * 2 + 1 or size * 2 end
  if plan.e == "hex" or plan.e == "hex-ebcdic" then return size / 2 end
  return size
end

local function sizeOf(plan, s, at, units)
  if plan.e == "bcd" then
    return plan.y == "x+n" and 1 + math.floor(units / 2) or math.floor((units + 1) / 2)
  end
  if plan.e == "hex" or plan.e == "hex-ebcdic" then return units * 2 end
  if plan.e == "utf8" and plan.p and plan.p.c == "units" then
    local stop = at
    for left = units, 1, -1 do
      if stop >= #s then return stop - at + left end
      stop = stop + 1
      while stop < #s and s:byte(stop + 1) >= 0x80 and s:byte(stop + 1) < 0xC0 do stop = stop + 1 end
    end
    return stop - at
  end
  return units
end

-- Where the value of an element begins and ends, and its units.
local function locate(plan, s, at, path)
  local start, units = at, plan.mx
  if plan.p then
    start = at + plan.p.b
    if start > #s then refuse(path, at, "the length needs " .. plan.p.b .. " bytes, " .. #s - at .. " are left") end
    local count = numberAt(plan.p, s, at)
    if count == nil then refuse(path, at, "the length is not a number") end
    if plan.p.i then count = count - plan.p.b end
    if count < 0 then refuse(path, at, "the length does not even count itself") end
    if plan.p.c == "nibbles" then
      if count % 2 == 1 then refuse(path, at, "the length ends inside a byte") end
      count = count / 2
    end
    units = plan.p.c == "units" and count or unitsOf(plan, count)
    if units > plan.mx then refuse(path, at, units .. " long, at most " .. plan.mx) end
    if units < plan.mn then refuse(path, at, units .. " long, at least " .. plan.mn) end
  end
  local stop = start + sizeOf(plan, s, start, units)
  if stop > #s then refuse(path, start, "needs " .. stop - start .. " bytes, " .. #s - start .. " are left") end
  return start, stop, units
end

local function digitsOf(plan, s, units, path, at)
  local digits = hexOf(s)
  if plan.p and plan.p.c ~= "units" and plan.o == "right-F" and units > 0 and units % 2 == 0 and digits:sub(-1) == "F" then
    units = units - 1
  end
  if units % 2 == 1 then digits = plan.o == "left-0" and digits:sub(2) or digits:sub(1, -2) end
  if plan.y == "z" then digits = digits:gsub("D", "=") end
  if digits:find("[^0-9=]") then refuse(path, at, "a nibble that is not a digit") end
  return digits
end

-- What an element's bytes say; padding is still there.
local function valueOf(plan, s, units, path, at)
  local e = plan.e
  if e == "bcd" then
    if plan.y ~= "x+n" then return digitsOf(plan, s, units, path, at) end
    return s:sub(1, 1) .. digitsOf(plan, s:sub(2), units - 1, path, at)
  end
  if e == "binary" then return hexOf(s) end
  if e == "utf8" then return s end
  if plan.y == "b" and e == "ebcdic" then
    return hexOf((s:gsub(".", function(c) return string.char(PAGES["ebcdic"][c:byte() + 1]) end)))
  end
  local text = textOf(s, e == "hex-ebcdic" and PAGES["ebcdic"] or PAGES[e])
  if (plan.y == "n" and text:find("[^0-9]")) then refuse(path, at, "not a digit") end
  if plan.y == "b" and text:find("[^0-9A-F]") then refuse(path, at, "not a hexadecimal digit") end
  return text
end

local function stripped(plan, text)
  if plan.pad == nil then return text end
  local from, to = 1, #text
  if plan.pad.s == "left" then
    while from <= to and text:sub(from, from) == plan.pad.w do from = from + 1 end
  else
    while to >= from and text:sub(to, to) == plan.pad.w do to = to - 1 end
  end
  return text:sub(from, to)
end

local function maskedPan(pan)
  if #pan < 13 then return string.rep("*", #pan) end
  return pan:sub(1, 6) .. string.rep("*", #pan - 10) .. pan:sub(-4)
end

-- What may be shown of a secret value.
local function masked(value, secret)
  if secret == nil or secret == "mac" then return value end
  if secret == "pan" then return maskedPan(value) end
  if secret ~= "track" then return string.rep("*", math.min(#value, 16)) end
  local pan = (value:match("^%d+") or ""):sub(1, 19)
  if #pan < 13 then pan = "" end
  return maskedPan(pan) .. string.rep("*", math.min(#value - #pan, 8))
end
`;
