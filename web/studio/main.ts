import { mount } from "svelte";

import "../shared/theme.css";
import "./studio.css";
import Studio from "./Studio.svelte";

const target = document.getElementById("page");
if (target === null) throw new Error("the page has no #page");
mount(Studio, { target });
