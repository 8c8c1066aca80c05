// Everything that belongs to hearing, on every page but those of practice.

import "./speed.js";
import "./session.js";
import "./loop.js";
import "./bid.js";
import "./sharing.js";
import "./keeping.js";
import "./queue.js";
import "./plays.js";
