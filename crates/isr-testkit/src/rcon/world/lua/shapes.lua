-- The objects of the game as scripts see them, in the shapes of 1.1 and of 2.0.
--
-- `view` is the world as plain values; what a script does is appended to `view.effects` and carried out afterwards.
-- An object answers only to the keys that the game documents: any other is an error, as in the game.

local view, to_json, from_json = ...

local is_modern = view.is_modern
local NOTHING = {} -- a documented key whose value is nil

local function copy(values)
  local copied = {}
  for key, value in pairs(values) do
    copied[key] = value
  end
  return copied
end

local function effect(kind, fields)
  fields = fields or {}
  fields.kind = kind
  table.insert(view.effects, fields)
end

local function object(kind, fields, setters)
  fields.object_name = kind
  fields.valid = true
  setters = setters or {}
  return setmetatable({}, {
    __index = function(_, key)
      local value = fields[key]
      if value == nil then
        error(kind .. " doesn't contain key " .. tostring(key) .. ".", 2)
      end
      if value ~= NOTHING then
        return value
      end
    end,
    __newindex = function(_, key, value)
      if not setters[key] then
        error(kind .. "::" .. tostring(key) .. " is read only.", 2)
      end
      setters[key](value)
      fields[key] = value
    end,
  })
end

-- A table of the game that is found by number and by name, and walked over by `walked_by`.
local function custom_table(list, walked_by)
  local by_name = {}
  for _, item in ipairs(list) do
    by_name[item.name] = item
  end
  return setmetatable({}, {
    __index = function(_, key)
      if type(key) == "number" then
        return list[key]
      end
      return by_name[key]
    end,
    __len = function()
      return #list
    end,
    __pairs = function()
      return next, walked_by == "index" and list or by_name, nil
    end,
  })
end

local function shown(value)
  if type(value) == "table" then
    local parts = {}
    for _, part in ipairs(value) do
      table.insert(parts, shown(part))
    end
    return table.concat(parts)
  end
  return tostring(value)
end

-- Statistics.

local function flow(counts)
  local inputs, outputs = {}, {}
  for name, made in pairs(counts) do
    inputs[name] = made.made
    outputs[name] = made.used
  end
  return object("LuaFlowStatistics", {
    input_counts = inputs,
    output_counts = outputs,
    get_input_count = function(name)
      return inputs[name] or 0
    end,
    get_output_count = function(name)
      return outputs[name] or 0
    end,
    get_flow_count = function(wanted)
      local is_input
      if is_modern then
        is_input = wanted.category == "input"
      else
        is_input = wanted.input
      end
      local total = (is_input and inputs or outputs)[wanted.name] or 0
      return view.minutes > 0 and total / view.minutes or 0
    end,
  })
end

local items = flow(view.items)
local fluids = flow(view.fluids)
local nothing = flow({})
local pollution = flow({ ["electric-mining-drill"] = { made = view.minutes * 50, used = 0 } })

-- Only the first surface has a factory.
local function per_surface(statistics)
  return function(surface)
    local name = type(surface) == "table" and surface.name or surface
    if type(name) == "number" then
      name = view.surfaces[name] and view.surfaces[name].name
    end
    for index, known in ipairs(view.surfaces) do
      if known.name == name then
        return index == 1 and statistics or nothing
      end
    end
    error("Given surface doesn't exist.", 2)
  end
end

-- Surfaces, forces, players.

local surfaces = {}
for index, surface in ipairs(view.surfaces) do
  local fields = {
    index = index,
    name = surface.name,
    daytime = 0.25,
    freeze_daytime = false,
    get_total_pollution = function()
      return index == 1 and view.minutes * 50 or 0
    end,
  }
  if is_modern then
    fields.planet = object("LuaPlanet", { name = surface.name })
    fields.platform = NOTHING
    fields.pollutant_type = NOTHING
    fields.pollution_statistics = index == 1 and pollution or nothing
    fields.localised_name = NOTHING
  end
  -- A script can set the time of the day and reads it back; it does not outlive the script here.
  local kept = function() end
  surfaces[index] = object("LuaSurface", fields, { daytime = kept, freeze_daytime = kept })
end
local surface_table = custom_table(surfaces, "name")

local function evolution_of(surface)
  if surface == nil then
    return view.surfaces[1] and view.surfaces[1].evolution or 0
  end
  local name = type(surface) == "table" and surface.name or surface
  for index, known in ipairs(view.surfaces) do
    if known.name == name or index == name then
      return known.evolution
    end
  end
  error("Given surface doesn't exist.", 3)
end

local function add_evolution(fields)
  -- How the parts share it is fixed in this world.
  local parts = { [""] = 1, _by_time = 0.12, _by_pollution = 0.63, _by_killing_spawners = 0.25 }
  for suffix, share in pairs(parts) do
    if is_modern then
      fields["get_evolution_factor" .. suffix] = function(surface)
        return evolution_of(surface) * share
      end
    else
      fields["evolution_factor" .. suffix] = evolution_of() * share
    end
  end
end

local connected = {}
local players = {}

local function add_statistics(fields)
  local kinds = { item_production = items, fluid_production = fluids, kill_count = nothing, entity_build_count = nothing }
  for kind, statistics in pairs(kinds) do
    if is_modern then
      fields["get_" .. kind .. "_statistics"] = per_surface(statistics)
    else
      fields[kind .. "_statistics"] = statistics
    end
  end
end

local technologies = {}
for _, name in ipairs(view.researched) do
  table.insert(technologies, object("LuaTechnology", { name = name, researched = true, level = 1, research_unit_count = 100 }))
end
local research = view.research and object("LuaTechnology", {
  name = view.research.technology,
  researched = false,
  level = view.research.level,
  research_unit_count = 100,
  saved_progress = is_modern and view.research.progress or nil,
})

local forces = {}
for index, name in ipairs({ "player", "enemy", "neutral" }) do
  local is_player = name == "player"
  local fields = {
    name = name,
    index = index,
    players = is_player and players or {},
    connected_players = is_player and connected or {},
    rockets_launched = is_player and view.rockets or 0,
    items_launched = {},
    technologies = custom_table(is_player and technologies or {}, "name"),
    current_research = is_player and research or NOTHING,
    research_progress = is_player and view.research and view.research.progress or 0,
    research_queue = is_player and research and { research } or {},
    print = function() end,
  }
  if is_modern then
    local platforms = {}
    for number, platform in ipairs(is_player and view.platforms or {}) do
      platforms[number] = object("LuaSpacePlatform", {
        name = platform.name,
        index = number,
        state = platform.location and 7 or 3,
        speed = platform.speed,
        weight = 250000,
        distance = 0.5,
        space_location = platform.location and object("LuaSpaceLocationPrototype", { name = platform.location }) or NOTHING,
        space_connection = NOTHING,
        last_visited_space_location = NOTHING,
        paused = false,
        scheduled_for_deletion = 0,
        surface = NOTHING,
      })
    end
    fields.platforms = platforms
  else
    fields.research_queue_enabled = true
  end
  add_statistics(fields)
  add_evolution(fields)
  forces[index] = object("LuaForce", fields)
end
local force_table = custom_table(forces, "name")

for index, player in ipairs(view.players) do
  local fields = {
    index = index,
    name = player.name,
    admin = player.admin,
    connected = player.online,
    afk_time = 0,
    online_time = player.online_time,
    last_online = player.last_online,
    tag = "",
    color = { r = 1, g = 0.6, b = 0.1, a = 0.5 },
    spectator = false,
    force = forces[1],
    surface = surfaces[1] or NOTHING,
    position = { x = 0, y = 0 },
    character = NOTHING,
    print = function() end,
  }
  if is_modern then
    fields.locale = "en"
    fields.physical_surface = surfaces[1] or NOTHING
    fields.physical_position = { x = 0, y = 0 }
  end
  players[index] = object("LuaPlayer", fields)
  if player.online then
    table.insert(connected, players[index])
  end
end
local player_table = custom_table(players, "index")

-- The script's globals.

local function json_functions(into)
  into.table_to_json = to_json
  into.json_to_table = from_json
  into.write_file = function(name, data, append)
    effect("write_file", { name = name, text = shown(data), append = append and true or false })
  end
end

local function name_of(player)
  if type(player) == "table" then
    return player.name
  elseif type(player) == "number" then
    return players[player] and players[player].name
  end
  return player
end

local game_fields = {
  tick = view.tick,
  ticks_played = view.tick,
  speed = view.speed,
  tick_paused = view.tick_paused,
  console_command_used = true,
  players = player_table,
  connected_players = connected,
  forces = force_table,
  surfaces = surface_table,
  get_player = function(key)
    return player_table[key]
  end,
  get_surface = function(key)
    return surface_table[key]
  end,
  print = function() end,
  auto_save = function(name)
    effect("save", { name = name and "_autosave-" .. name or "" })
  end,
  server_save = function(name)
    effect("save", { name = name or "" })
  end,
  is_multiplayer = function()
    return true
  end,
  unban_player = function(player)
    effect("unban", { name = name_of(player) })
  end,
}
for _, kind in ipairs({ "kick", "ban", "mute", "unmute" }) do
  game_fields[kind .. "_player"] = function(player, reason)
    effect(kind, { name = name_of(player), reason = reason or "" })
  end
end
local mods = { base = view.version }
if is_modern then
  game_fields.get_pollution_statistics = per_surface(pollution)
  game_fields.planets = {}
else
  json_functions(game_fields)
  game_fields.active_mods = mods
  game_fields.pollution_statistics = pollution
end

game = object("LuaGameScript", game_fields, {
  speed = function(value)
    if type(value) ~= "number" or value < 0.01 then
      error("Speed must be at least 0.01.", 3)
    end
    effect("speed", { number = value })
  end,
  tick_paused = function(value)
    effect("tick_paused", { flag = value and true or false })
  end,
})
script = object("LuaBootstrap", {
  mod_name = "level",
  active_mods = mods,
  on_event = function() end,
  get_event_handler = function() end,
})
remote = object("LuaRemote", { interfaces = {}, call = function() end })
commands = object("LuaCommandProcessor", { commands = {}, game_commands = {} })
settings = object("LuaSettings", { global = {}, startup = {} })
rendering = object("LuaRendering", {})
rcon = object("LuaRCON", {
  print = function(value)
    effect("reply", { text = shown(value) })
  end,
})
if is_modern then
  local helper_fields = {
    game_version = view.version,
    evaluate_expression = function(text)
      return load("return " .. text, "=expression", "t", { math = math })()
    end,
    send_udp = function() end,
    recv_udp = function() end,
  }
  json_functions(helper_fields)
  helpers = object("LuaHelpers", helper_fields)
  prototypes = object("LuaPrototypes", {})
  storage = storage or {}
else
  global = global or {}
end

defines = {
  disconnect_reason = {
    quit = 0, dropped = 1, reconnect = 2, wrong_input = 3, desync_limit_reached = 4, cannot_keep_up = 5, afk = 6,
    kicked = 7, kicked_and_deleted = 8, banned = 9, switching_servers = 10,
  },
  flow_precision_index = {
    five_seconds = 0, one_minute = 1, ten_minutes = 2, one_hour = 3, ten_hours = 4, fifty_hours = 5,
    two_hundred_fifty_hours = 6, one_thousand_hours = 7,
  },
  space_platform_state = {
    waiting_for_starter_pack = 0, starter_pack_requested = 1, starter_pack_on_the_way = 2, on_the_path = 3,
    waiting_for_departure = 4, no_schedule = 5, no_path = 6, waiting_at_station = 7, paused = 8,
  },
}

function print(...)
  local parts = {}
  for _, value in ipairs({ ... }) do
    table.insert(parts, shown(value))
  end
  effect("print", { text = table.concat(parts, "\t") })
end

localised_print = print

function log(value)
  local info = __caller()
  effect("log", { text = info .. ": " .. shown(value) })
end

function table_size(values)
  local size = 0
  for _ in pairs(values) do
    size = size + 1
  end
  return size
end
