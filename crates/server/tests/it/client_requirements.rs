//! Requirements of client libraries (R1 to R33), which clients/matrix.py checks with the libraries
//! themselves. R4 and a part of R5 need a socket and are in `sockets`; R7 is tested with the parser
//! of the Authorization header.

mod signing;
mod tweets;
mod uploads;
mod v2;
