-- What only Lua tells, in lines of words. It reads and changes nothing. Names come from mods and players, so each is written
-- in letters, digits, `_`, `.`, `-` and `%XX`. Every part says whether it went well: what one version of the game lacks spoils
-- no other part. Comments have lines of their own here, for the lines are joined before they are sent.
local out = {}
local function say(...)
  out[#out + 1] = table.concat({ ... }, " ")
end
local function name(text)
  local code = function(c) return ("%%%02X"):format(c:byte()) end
  return "=" .. (tostring(text):sub(1, 120):gsub("[^A-Za-z0-9_.-]", code))
end
local function whole(number)
  return ("%.0f"):format(number)
end
local function real(number)
  return ("%.6f"):format(number)
end
local function part(word, tell)
  local before = #out
  local went, why = pcall(tell)
  if went then
    return say("ok", word)
  end
  for at = #out, before + 1, -1 do
    out[at] = nil
  end
  say("no", word, name(why))
end
say("isr1", whole(game.tick), real(game.speed), game.tick_paused and "1" or "0")
local force = game.forces["player"]
local modern = pcall(function() return force.get_item_production_statistics end)
part("research", function()
  local now = force.current_research
  if now then
    say("t", name(now.name), whole(now.level), real(force.research_progress))
  end
end)
part("queue", function()
  for at, queued in ipairs(force.research_queue or {}) do
    if at > 7 then
      break
    end
    say("q", name(type(queued) == "string" and queued or queued.name), whole(type(queued) == "string" and 0 or queued.level))
  end
end)
local minute
local function rate(statistics, item, is_made)
  if modern then
    return statistics.get_flow_count({ name = item, category = is_made and "input" or "output", precision_index = minute })
  end
  return statistics.get_flow_count({ name = item, input = is_made, precision_index = minute })
end
local function flows(word, place, statistics, most)
  local all = {}
  for item, total in pairs(statistics.input_counts) do
    all[#all + 1] = { item, total }
  end
  table.sort(all, function(one, other) return one[2] > other[2] end)
  local moving = {}
  for at = 1, math.min(#all, 12) do
    local item = all[at][1]
    local made, used = rate(statistics, item, true), rate(statistics, item, false)
    if made > 0 then
      moving[#moving + 1] = { item, made, used }
    end
  end
  table.sort(moving, function(one, other) return one[2] > other[2] end)
  for at = 1, math.min(#moving, most) do
    say(word, place, name(moving[at][1]), real(moving[at][2]), real(moving[at][3]))
  end
end
part("production", function()
  minute = defines.flow_precision_index.one_minute
  if not modern then
    flows("i", "-", force.item_production_statistics, 6)
    return flows("f", "-", force.fluid_production_statistics, 3)
  end
  local looked, told = 0, 0
  for _, surface in pairs(game.surfaces) do
    looked = looked + 1
    if looked > 64 or told == 10 then
      break
    end
    local before = #out
    flows("i", name(surface.name), force.get_item_production_statistics(surface), 6)
    flows("f", name(surface.name), force.get_fluid_production_statistics(surface), 3)
    if #out > before then
      told = told + 1
    end
  end
end)
if modern then
  part("platforms", function()
    local words = {}
    for word, state in pairs(defines.space_platform_state) do
      words[state] = word
    end
    local count = 0
    for _, platform in pairs(force.platforms) do
      local left = platform.scheduled_for_deletion
      if not left or left == 0 then
        count = count + 1
        if count <= 20 then
          local place = platform.space_location
          say("p", name(platform.name), name(words[platform.state] or platform.state), place and name(place.name) or "-")
        end
      end
    end
    say("n", whole(count))
  end)
end
part("rockets", function()
  say("r", whole(force.rockets_launched))
end)
say("end")
rcon.print(table.concat(out, "\n"))
