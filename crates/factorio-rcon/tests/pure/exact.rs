//! The form of our own script's reply, read strictly.

use factorio_rcon::command::{Depth, Exact};
use factorio_rcon::gate::{Line, LuaSwitch, Policy, Settings};
use factorio_rcon::reply::{Part, Unreadable, Why};
use proptest::prelude::*;

const WHOLE: &str = "isr1 216000 1.000000 0\n\
    t =mining-productivity-4 7 0.250000\nok research\n\
    q =mining-productivity-4 7\nq =r%C3%B6 0\nok queue\n\
    i =nauvis =iron-plate 900.000000 810.500000\nf =nauvis =water 6.0 0\nok production\n\
    p =Express =on_the_path -\nn 3\nok platforms\nr 12\nok rockets\nend\n";

fn read(reply: &str) -> Result<factorio_rcon::reply::Exact, Unreadable> {
    Exact(Depth::Everything).read(reply)
}

#[test]
fn a_whole_report_is_read() {
    let exact = read(WHOLE).unwrap();
    assert_eq!(exact.tick, 216_000);
    let Part::Told(Some(research)) = exact.research else {
        panic!("{:?}", exact.research)
    };
    assert_eq!(
        (research.name.as_str(), research.level),
        ("mining-productivity-4", 7)
    );
    let Part::Told(queue) = exact.queue else { panic!() };
    assert_eq!(queue[1].name, "rö");
    let Part::Told(platforms) = exact.platforms else {
        panic!()
    };
    assert_eq!((platforms.count, platforms.listed.len()), (3, 1));
    assert_eq!(exact.rockets, Part::Told(12));
}

#[test]
fn the_warning_is_known_in_each_form() {
    for warning in [
        "",
        "\n",
        "Using Lua console commands will disable achievements. Please repeat the command to proceed.\n",
        "Player <server> tried using the command \"x\".\nUsing Lua console commands will disable achievements, please repeat the command to proceed.",
    ] {
        assert_eq!(read(warning).unwrap_err().why, Why::OnlyWarned, "{warning:?}");
    }
}

#[test]
fn what_has_another_form_is_no_report() {
    for wrong in [
        "isr1 216000 1.000000 0",
        "isr1 216000 1.000000 0\nend\nend2",
        "isr2 216000 1.000000 0\nend",
        "isr1 -1 1.000000 0\nend",
        "isr1 1.5 1.000000 0\nend",
        "isr1 1 0.000000 0\nend",
        "isr1 1 nan 0\nend",
        "isr1 1 inf 0\nend",
        "isr1 1 -1.0 0\nend",
        "isr1 1 1e3 0\nend",
        "isr1 1 1.0 2\nend",
        "isr1 1 1.0 0 more\nend",
        "isr1 99999999999999999999 1.0 0\nend",
        "isr1 1 1.0 0\nr 1\nend",
        "isr1 1 1.0 0\nr 1\nok tea\nend",
        "isr1 1 1.0 0\nr 1\nok rockets more\nend",
        "isr1 1 1.0 0\nno rockets\nend",
        "Kann den Befehl nicht ausführen",
    ] {
        assert_eq!(
            read(wrong).map_err(|unreadable| unreadable.why),
            Err(Why::Form),
            "{wrong:?}"
        );
    }
    let long = format!("isr1 1 1.0 0\n{}ok production\nend", "i - =x 1 1\n".repeat(401));
    assert_eq!(read(&long).unwrap_err().why, Why::Form);
}

#[test]
fn a_part_of_another_form_is_no_value_and_spoils_no_other() {
    let ok = |lines: &str, part: &str| {
        read(&format!("isr1 1 1.0 0\n{lines}ok {part}\nr 5\nok rockets\nend")).unwrap()
    };
    for wrong in [
        "t =a 1 nan\n",
        "t =a 1 1.5\n",
        "t =a 1\n",
        "t a 1 0.5\n",
        "t =a -1 0.5\n",
        "t =%ZZ 1 0\n",
        "t =a 1 0\nt =b 1 0\n",
    ] {
        let exact = ok(wrong, "research");
        assert!(matches!(exact.research, Part::Failed(_)), "{wrong:?} {exact:?}");
        assert_eq!(exact.rockets, Part::Told(5));
    }
    for wrong in [
        "p =a =b -\n",
        "n 1\np =a =b -\n",
        "p =a =b -\np =a =b -\nn 1\n",
        "",
    ] {
        assert!(
            matches!(ok(wrong, "platforms").platforms, Part::Failed(_)),
            "{wrong:?}"
        );
    }
    for wrong in ["i - =x -1 1\n", "x - =x 1 1\n", "i =x 1 1\n", "i - =x 1 1 1\n"] {
        assert!(
            matches!(ok(wrong, "production").production, Part::Failed(_)),
            "{wrong:?}"
        );
    }
    let failed = read("isr1 1 1.0 0\nno rockets =LuaForce%20doesn%27t\nend").unwrap();
    assert_eq!(failed.rockets, Part::Failed("LuaForce doesn't".into()));
}

#[test]
fn a_name_that_was_cut_within_a_character_loses_that_character() {
    let exact = read("isr1 1 1.0 0\nt =a%C3%B6%C3 1 0\nok research\nend").unwrap();
    assert!(matches!(exact.research, Part::Told(Some(research)) if research.name == "aö"));
}

#[test]
fn the_script_is_one_line_that_needs_the_switch() {
    assert!(Policy::default().lua().is_none());
    let allowed = Policy::new(&Settings {
        lua: LuaSwitch::Allowed,
        ..Settings::default()
    })
    .unwrap();
    for depth in [Depth::Ticks, Depth::Everything] {
        let line = Line::from(Exact(depth).lua(allowed.lua().unwrap()).unwrap());
        assert!(line.text().starts_with("/silent-command "));
        assert!(!line.text().contains(['\n', '\r']) && !line.text().contains(" -- "));
        assert!(line.text().len() < 4_096, "{}", line.text().len());
        assert!(Policy::default().admit(&line).is_err());
    }
}

proptest! {
    #[test]
    fn nothing_that_a_server_sends_panics(reply in "(isr1 [0-9]{1,4} 1.0 [01]\n)?([a-z]{1,2} ([=%A-Za-z0-9.-]{0,8} ){0,5}\n|(ok|no) [a-z]{1,10}\n){0,6}(end)?") {
        let _ = read(&reply);
    }

    #[test]
    fn any_text_is_read_or_refused(reply in any::<String>()) {
        let _ = read(&reply);
    }

    #[test]
    fn a_report_that_was_cut_anywhere_is_none(at in 0..WHOLE.len() - 4) {
        prop_assume!(WHOLE.is_char_boundary(at));
        prop_assert!(read(&WHOLE[..at]).is_err());
    }
}
