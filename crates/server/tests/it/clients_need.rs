//! What client libraries need of a server, requirement by requirement (R1 to R33). The client
//! matrix shows the same with the real libraries; R4 and more of R5 are in `sockets`, because only
//! a socket shows them, and R7 is in the parser of the Authorization header.

mod signing;
mod tweets;
mod uploads;
mod v2;
