// The start page: how many people wait to talk, live.

import { countPeople } from "./lib/census.js";

countPeople();
