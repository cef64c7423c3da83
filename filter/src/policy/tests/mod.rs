//! The policy as a whole: files in, decisions out.

mod given;
mod judging;
mod mistakes;
mod shipped;
mod speed;
mod twins;
mod warnings;
