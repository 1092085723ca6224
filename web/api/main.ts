import { mount } from "svelte";

import "../shared/theme.css";
import "./page.css";
import ApiPage from "./ApiPage.svelte";

const target = document.getElementById("page");
if (target === null) throw new Error("the page has no #page");
mount(ApiPage, { target });
