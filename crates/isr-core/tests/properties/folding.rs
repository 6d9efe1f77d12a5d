//! D11: folding keeps the order and takes every line exactly once.

use isr_core::fold::{FoldLine, LATE_AFTER, fold, late_mark};
use isr_core::text::units;
use proptest::prelude::*;

#[derive(Debug, Clone)]
struct Waiting {
    text: String,
    name: Option<&'static str>,
    age_ms: i64,
}

fn waiting() -> impl Strategy<Value = Waiting> {
    let name = prop::sample::select(vec![None, None, Some("Bob"), Some("Ann")]);
    (
        "[a-z🏆é]{1,300}",
        name,
        prop::sample::select(vec![0_i64, 90_000, 90_000_000]),
    )
        .prop_map(|(text, name, age_ms)| Waiting { text, name, age_ms })
}

const NOW: i64 = 1_750_000_000_000;

fn lines(waiting: &[Waiting]) -> impl Iterator<Item = FoldLine<'_>> {
    waiting.iter().map(|w| FoldLine {
        text: &w.text,
        username: w.name,
        late: late_mark(NOW - w.age_ms, NOW, LATE_AFTER),
    })
}

fn expected(line: &FoldLine<'_>) -> String {
    line.late
        .map_or_else(|| line.text.to_owned(), |late| format!("{late} {}", line.text))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn d11_every_line_once_and_in_order(waiting in prop::collection::vec(waiting(), 0..60)) {
        let mut rest = &waiting[..];
        let mut posted = Vec::new();
        while let Some(folded) = fold(lines(rest)) {
            prop_assert!(folded.taken >= 1 && folded.taken <= rest.len());
            prop_assert!(units(folded.content.as_str()) <= 2000);
            prop_assert!(rest[..folded.taken].iter().all(|w| w.name == rest[0].name));
            posted.extend(folded.content.as_str().split('\n').map(str::to_owned));
            // As much as fits: the next line would have another name or pass the limit.
            if let Some(next) = rest.get(folded.taken) {
                let more = units(&expected(&lines(std::slice::from_ref(next)).next().unwrap()));
                prop_assert!(next.name != rest[0].name || units(folded.content.as_str()) + 1 + more > 2000);
            }
            rest = &rest[folded.taken..];
        }
        prop_assert_eq!(posted, lines(&waiting).map(|line| expected(&line)).collect::<Vec<_>>());
    }
}
