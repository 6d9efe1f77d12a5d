//! What a script did, carried out on the world.
//!
//! Owns the effects that the shapes name. One that is not known here is a mistake of this kit and becomes an error.

use mlua::{Error, Table};

use super::super::{Pause, World};

/// Who acts when a script does.
const SCRIPT: &str = "<script>";

impl World {
    /// Carries out everything in order; returns what `rcon.print` told the caller.
    pub(super) fn carry_out(&mut self, view: &Table) -> mlua::Result<String> {
        let mut reply = String::new();
        for effect in view.get::<Table>("effects")?.sequence_values::<Table>() {
            let effect = effect?;
            let text = || effect.get::<String>("text");
            let name = || effect.get::<String>("name");
            match effect.get::<String>("kind")?.as_str() {
                "reply" => {
                    reply.push_str(&text()?);
                    reply.push('\n');
                }
                "print" => self.chronicle.bare(&text()?),
                "log" => self.engine(format!("Script {}", text()?)),
                "speed" => self.speed = effect.get("number")?,
                "tick_paused" => {
                    let is_paused: bool = effect.get("flag")?;
                    self.pause = if is_paused { Pause::ByLua } else { Pause::None };
                }
                "save" => {
                    self.save_as(&name()?);
                }
                "write_file" => {
                    let append: bool = effect.get("append")?;
                    self.write_script_output(&name()?, text()?, append);
                }
                "kick" => drop(self.kick(&name()?, SCRIPT, &effect.get::<String>("reason")?)),
                "ban" => drop(self.ban(&name()?, SCRIPT, &effect.get::<String>("reason")?)),
                "unban" => drop(self.unban(&name()?, SCRIPT)),
                "mute" => drop(self.mute(&name()?, SCRIPT)),
                "unmute" => drop(self.unmute(&name()?, SCRIPT)),
                other => return Err(Error::runtime(format!("an effect {other:?} is not known"))),
            }
        }
        Ok(reply)
    }

    fn write_script_output(&mut self, name: &str, text: String, append: bool) {
        let file = self.script_output.entry(name.to_owned()).or_default();
        if !append {
            file.clear();
        }
        file.push_str(&text);
    }
}
