//! Lua in the simulated game: what `/c` and `/sc` do once they do anything.
//!
//! Owns one Lua 5.2 with the objects of the game, in the shapes of 1.1 (`global`, `game.table_to_json`, one evolution) or
//! of 2.0 and later (`storage`, `helpers`, everything per surface). A script sees the world as it was when it began; what
//! it does is carried out when it has ended. A script that runs for too long is ended, so that a test is too. Must not
//! print: the world does. Fails in the words that the game answers with.

mod effects;
mod json;
mod products;

use std::fmt;

use mlua::{ChunkMode, Error, HookTriggers, Lua, LuaOptions, StdLib, Table, Value, VmState};

use super::answer::Echo;
use super::{Pause, World, contains};

/// The objects of the game.
const SHAPES: &str = include_str!("lua/shapes.lua");
/// So many steps are far more than any honest script of a test makes.
const MOST_STEPS: u32 = 20_000_000;

/// A Lua state that lives as long as the map: what a script leaves in `storage` is there for the next one.
pub(super) struct Interpreter {
    lua: Lua,
    /// The version that the objects have the shape of.
    version: String,
}

impl fmt::Debug for Interpreter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interpreter")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Interpreter {
    fn new(version: &str) -> mlua::Result<Self> {
        let parts = StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::BIT;
        let lua = Lua::new_with(parts, LuaOptions::default())?;
        for forbidden in ["dofile", "loadfile", "collectgarbage"] {
            lua.globals().set(forbidden, Value::Nil)?;
        }
        lua.globals()
            .set("__caller", lua.create_function(|lua, ()| Ok(caller(lua)))?)?;
        let too_long = |_: &Lua, _: &mlua::Debug<'_>| -> mlua::Result<VmState> {
            Err(Error::runtime("the script runs for too long"))
        };
        lua.set_hook(HookTriggers::new().every_nth_instruction(MOST_STEPS), too_long)?;
        Ok(Self {
            lua,
            version: version.to_owned(),
        })
    }

    /// Runs a script over this view of the world. What it did before an error stays done, as in the game.
    fn run(&self, code: &str, view: &Table) -> mlua::Result<()> {
        let to_json = self.lua.create_function(|_, value| json::encode(value))?;
        let from_json = self
            .lua
            .create_function(|lua, text: String| json::decode(lua, &text))?;
        self.lua
            .load(SHAPES)
            .set_name("=shapes")
            .call::<()>((view.clone(), to_json, from_json))?;
        self.lua
            .load(code)
            .set_name("=(command)")
            .set_mode(ChunkMode::Text)
            .exec()
    }
}

/// Where the script called `log`, as the engine writes it: `=(command):1`.
fn caller(lua: &Lua) -> String {
    // 0 is this function, 1 is `log`.
    let place = lua.inspect_stack(2, |frame| {
        let source = frame
            .source()
            .source
            .map_or_else(String::new, |source| source.into_owned());
        format!("{source}:{}", frame.current_line().unwrap_or(0))
    });
    place.unwrap_or_else(|| "=(command):0".to_owned())
}

impl World {
    /// Runs a script; returns what the caller is told.
    pub(super) fn run_lua(&mut self, code: &str, echo: Echo) -> String {
        let interpreter = match self.lua.take().filter(|lua| lua.version == self.version) {
            Some(interpreter) => Ok(interpreter),
            None => Interpreter::new(&self.version),
        };
        let ran = interpreter.and_then(|interpreter| {
            let view = self.view(&interpreter.lua)?;
            let ran = interpreter.run(code, &view);
            let reply = self.carry_out(&view)?;
            self.lua = Some(interpreter);
            Ok((reply, ran.err()))
        });
        match ran {
            Ok((reply, None)) => reply,
            Ok((reply, Some(error))) => reply + &self.tell_error(&error, echo),
            Err(error) => self.tell_error(&error, echo),
        }
    }

    /// A silent command tells its caller; any other tells the console, in a line without a tag.
    fn tell_error(&mut self, error: &Error, echo: Echo) -> String {
        let told = format!("Cannot execute command. Error: {}", first_line(error));
        match echo {
            Echo::Silent => told + "\n",
            Echo::Shown => {
                let stamp = self.stamp();
                self.print(format!("{stamp} {told}"));
                String::new()
            }
        }
    }

    /// The world as plain values.
    fn view(&self, lua: &Lua) -> mlua::Result<Table> {
        let view = lua.create_table()?;
        view.set("effects", lua.create_table()?)?;
        view.set("is_modern", !self.is_before(2, 0))?;
        view.set("version", self.version.as_str())?;
        view.set("tick", self.ticks)?;
        view.set("speed", self.speed)?;
        view.set("tick_paused", self.pause == Pause::ByLua)?;
        view.set("minutes", self.works.minutes())?;
        view.set("rockets", self.works.rockets())?;
        view.set("researched", self.works.researched())?;
        if let Some(research) = self.works.research() {
            let table = lua.create_table()?;
            table.set("technology", research.technology)?;
            table.set("level", research.level)?;
            table.set("progress", research.progress)?;
            view.set("research", table)?;
        }
        for (kind, made) in [
            ("items", self.works.items(&self.mod_items)),
            ("fluids", self.works.fluids()),
        ] {
            let flows = lua.create_table()?;
            for (name, (made, used)) in made {
                flows.set(name, lua.create_table_from([("made", made), ("used", used)])?)?;
            }
            view.set(kind, flows)?;
        }
        let surfaces = self.surfaces.iter().map(|surface| {
            let table = lua.create_table()?;
            // Scripts know surfaces by their internal names.
            table.set("name", surface.name.to_lowercase())?;
            table.set("evolution", surface.evolution)?;
            Ok(table)
        });
        view.set("surfaces", surfaces.collect::<mlua::Result<Vec<_>>>()?)?;
        let players = self.players.iter().map(|player| {
            let table = lua.create_table()?;
            table.set("name", player.name.as_str())?;
            table.set("online", player.online)?;
            table.set("admin", contains(&self.admins, &player.name))?;
            table.set("online_time", player.online_ticks(self.ticks))?;
            table.set(
                "last_online",
                if player.online { self.ticks } else { player.went },
            )?;
            Ok(table)
        });
        view.set("players", players.collect::<mlua::Result<Vec<_>>>()?)?;
        let platforms = self.platforms.iter().map(|platform| {
            let table = lua.create_table()?;
            table.set("name", platform.name.as_str())?;
            table.set("location", platform.location.as_deref())?;
            table.set("speed", platform.speed)?;
            Ok(table)
        });
        view.set("platforms", platforms.collect::<mlua::Result<Vec<_>>>()?)?;
        Ok(view)
    }
}

/// The message without the stack traces of two languages.
fn first_line(error: &Error) -> String {
    let text = match error {
        Error::CallbackError { cause, .. } => return first_line(cause),
        Error::RuntimeError(text) | Error::SyntaxError { message: text, .. } => text.clone(),
        other => other.to_string(),
    };
    text.lines().next().unwrap_or_default().to_owned()
}
