// The home page: the list of chats, live.

import { Live } from "./lib/live.js";

new Live();
