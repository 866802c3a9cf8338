//! The rules of JobTemplate.

pub mod needed_template;
