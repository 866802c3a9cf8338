//! Any valid object gives a graph in every form that its readers can read, and that names every step.

use jobflow_core::diagram::{Diagram, Node, Role, diagram};
use jobflow_core::engine::State;
use jobflow_core::when::When;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Format, pictures};

/// A JobFlow whose flows depend on flows before them, with names up to the longest.
fn any_flow() -> impl Strategy<Value = Value> {
    let name = "[a-z]([a-z0-9-]{0,40}[a-z0-9])?";
    let flow = (
        name,
        proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
        0..3_usize,
    );
    proptest::collection::vec(flow, 1..30).prop_map(|flows| {
        let name = |index: usize| format!("{}-{index}", flows[index].0);
        let flow = |(index, (_, before, when)): (usize, &(String, Vec<prop::sample::Index>, usize))| {
            let mut dependencies: Vec<usize> = before.iter().filter(|_| index > 0).map(|at| at.index(index.max(1))).collect();
            dependencies.sort_unstable();
            dependencies.dedup();
            let when = if dependencies.is_empty() { "OnSuccess" } else { ["OnSuccess", "OnFailure", "Always"][*when] };
            let dependencies: Vec<String> = dependencies.into_iter().map(name).collect();
            json!({"name": name(index), "dependencies": dependencies, "when": when, "jobTemplate":
                {"template": {"spec": {"containers": [{"name": "main", "image": "busybox"}]}}}})
        };
        let flows: Vec<Value> = flows.iter().enumerate().map(flow).collect();
        json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "d"}, "spec": {"flows": flows}})
    })
}

fn drawn(diagram: &Diagram, format: Format, width: usize) -> String {
    pictures(std::slice::from_ref(diagram), format, width).unwrap()
}

/// `job4` stands alone. The library draws the line from `job1` to `job3` so that it begins at its box, from left to right.
#[test]
fn a_step_without_edges_gets_no_line() {
    let flow = |name: &str, dependencies: &[&str]| json!({"name": name, "dependencies": dependencies, "jobTemplateRef": "any"});
    let flows = [
        flow("job1", &[]),
        flow("job2", &["job1"]),
        flow("job3", &["job1", "job2"]),
        flow("job4", &[]),
    ];
    let object = json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "d"}, "spec": {"flows": flows}});
    let text = drawn(&diagram(&object).unwrap().unwrap(), Format::Ascii, 80);
    expect_test::expect![[r#"
        JobFlow d: 4 steps in 3 layers

          [job1]   [job4]
             └┬───┐
              ↓   │
           [job2] │
              └──┐│
                 ├┘
                 ↓
              [job3]
    "#]]
    .assert_eq(&text);
}

/// The texts of an SVG.
fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.filter_map(|node| node.text().map(str::to_owned)).collect()
}

/// Where boxes are, as (left, top, right, bottom).
fn boxes(svg: &str) -> Vec<[usize; 4]> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let boxes = document
        .descendants()
        .filter(|node| node.has_tag_name("rect") && !node.has_attribute("stroke-dasharray"));
    let number = |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
    let corners = |node| {
        let (x, y) = (number(node, "x"), number(node, "y"));
        [x, y, x + number(node, "width"), y + number(node, "height")]
    };
    boxes.map(corners).collect()
}

/// Whether every place on a line is inside of the picture.
fn is_whole(svg: &str) -> bool {
    let document = roxmltree::Document::parse(svg).unwrap();
    let root = document.root_element();
    let size = |name: &str| root.attribute(name).unwrap().parse::<usize>().unwrap();
    let lines = document
        .descendants()
        .filter(|node| node.attribute("class").is_some_and(|class| class.starts_with("edge")));
    let mut places = lines.flat_map(|line| {
        let words = line
            .attribute("d")
            .unwrap()
            .split(['M', 'L', 'C', ' '])
            .filter(|word| !word.is_empty());
        words.map(|word| word.parse().unwrap()).collect::<Vec<usize>>()
    });
    // Numbers stand in pairs, and all of the second kind are heights.
    let mut is_inside = true;
    while let (Some(x), Some(y)) = (places.next(), places.next()) {
        is_inside &= x < size("width") && y < size("height");
    }
    is_inside
}

/// Checks that a text is DOT: the grammar of the subset that quotes identifiers, with balanced braces.
fn check_dot(dot: &str) {
    let mut depth = 0_usize;
    let mut characters = dot.chars();
    while let Some(character) = characters.next() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1).expect("a brace too many"),
            '"' => loop {
                match characters.next().expect("an open quote") {
                    '\\' => drop(characters.next()),
                    '"' => break,
                    _ => {}
                }
            },
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    assert!(dot.starts_with("digraph \"") && dot.ends_with("}\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_form_can_be_read_and_names_every_step(object in any_flow(), width in 20..200_usize) {
        let diagram = diagram(&object).unwrap().unwrap();
        let svg = drawn(&diagram, Format::Svg, width);
        let (texts, boxes) = (texts(&svg), boxes(&svg));
        let dot = drawn(&diagram, Format::Dot, width);
        check_dot(&dot);
        let mermaid = drawn(&diagram, Format::Mermaid, width);
        let ascii = drawn(&diagram, Format::Ascii, width);
        let json: Value = serde_json::from_str(&drawn(&diagram, Format::Json, width)).unwrap();
        for node in &diagram.nodes {
            let is_in = texts.iter().any(|text| text.split(' ').any(|word| word == node.name));
            prop_assert!(is_in, "{} is missing in\n{}", node.name, svg);
            for text in [&dot, &mermaid, &ascii] {
                prop_assert!(text.contains(&node.name), "{} is missing in\n{}", node.name, text);
            }
        }
        prop_assert!(is_whole(&svg), "{}", svg);
        prop_assert_eq!(boxes.len(), diagram.nodes.len());
        for (index, one) in boxes.iter().enumerate() {
            for other in &boxes[index + 1..] {
                let apart = one[2] <= other[0] || other[2] <= one[0] || one[3] <= other[1] || other[3] <= one[1];
                prop_assert!(apart, "{:?} and {:?} overlap", one, other);
            }
        }
        let edges = diagram.edges().count();
        prop_assert_eq!(json["edges"].as_array().unwrap().len(), edges);
        prop_assert_eq!(svg.matches("<path class=\"edge").count(), edges);
        prop_assert_eq!(dot.matches(" -> ").count(), edges);
    }

    /// What breaks out of quotes or markup breaks the picture. Names of steps cannot hold any of it today.
    #[test]
    fn texts_are_escaped(name in "[ -~]{1,30}") {
        let node = Node { name: name.clone(), state: Some(State::Failed), ..Node::default() };
        let diagram = Diagram { kind: "JobFlow", name: name.clone(), groups: Vec::new(), nodes: vec![node] };
        let shown = texts(&drawn(&diagram, Format::Svg, 100)).contains(&format!("✖ {name}"));
        prop_assert!(shown);
        check_dot(&drawn(&diagram, Format::Dot, 100));
        let mermaid = drawn(&diagram, Format::Mermaid, 100);
        let label = mermaid.lines().find(|line| line.trim_start().starts_with("n0[")).unwrap();
        prop_assert_eq!(label.matches('"').count(), 2);
    }
}

/// A graph of `count` steps in layers of `breadth`, each waiting for two of the layer before it.
fn layered(count: usize, breadth: usize, name: impl Fn(usize) -> String) -> Diagram {
    let node = |index: usize| {
        let start = (index / breadth).checked_sub(1).map(|layer| layer * breadth);
        let before = |shift: usize| start.map(|start| start + (index + shift) % breadth);
        Node {
            name: name(index),
            layer: index / breadth,
            dependencies: [before(0), before(1)].into_iter().flatten().collect(),
            when: if index % 17 == 16 {
                When::OnFailure
            } else {
                When::OnSuccess
            },
            state: Some(super::look::STATES[index % 5]),
            ..Node::default()
        }
    };
    Diagram {
        kind: "JobFlow",
        name: "layered".to_owned(),
        groups: Vec::new(),
        nodes: (0..count).map(node).collect(),
    }
}

#[test]
fn a_list_of_two_hundred_steps_with_long_names_keeps_to_the_width() {
    let diagram = layered(200, 10, |index| format!("a-name-of-a-step-that-is-rather-long-{index}"));
    for width in [80, 120] {
        let text = anstream::adapter::strip_str(&drawn(&diagram, Format::Ascii, width)).to_string();
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= width, "{longest} > {width}\n{text}");
        assert!(text.starts_with("JobFlow layered: 200 steps in 20 layers\n"), "{text}");
    }
}

#[test]
fn the_largest_picture_is_drawn_in_time_and_a_larger_one_is_refused_with_advice() {
    let largest = layered(1_000, 20, |index| format!("s{index}"));
    let start = std::time::Instant::now();
    assert!(drawn(&largest, Format::Svg, 80).ends_with("</svg>\n"));
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    let refused = pictures(&[layered(1_001, 20, |index| format!("s{index}"))], Format::Svg, 80);
    assert!(refused.unwrap_err().contains("draw it with -o dot"));
}

#[test]
fn a_state_is_told_by_a_sign_and_a_colour() {
    let node = |state| Node {
        name: "a".to_owned(),
        state: Some(state),
        role: Role::Step,
        ..Node::default()
    };
    for state in super::look::STATES {
        let diagram = Diagram {
            kind: "JobFlow",
            name: "d".to_owned(),
            groups: Vec::new(),
            nodes: vec![node(state)],
        };
        let (mark, (ground, _)) = (super::look::mark(state), super::look::colors(Some(state)));
        for format in [Format::Svg, Format::Dot, Format::Mermaid] {
            let text = drawn(&diagram, format, 80);
            assert!(text.contains(&format!("{mark} a")) && text.contains(ground), "{text}");
        }
        assert!(drawn(&diagram, Format::Ascii, 80).contains(&format!("[{mark} a]")));
    }
    assert!(
        drawn(
            &Diagram {
                nodes: vec![node(State::Failed)],
                ..Diagram::default()
            },
            Format::Ascii,
            80
        )
        .contains("\u{1b}[31m")
    );
}
