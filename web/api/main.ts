import { mount } from "svelte";

import "../shared/theme.css";
import ApiPage from "./ApiPage.svelte";
import u from "virtual:code-samples";
console.log(u);
const target = document.getElementById("page");
if (target === null) throw new Error("the page has no #page");
mount(ApiPage, { target });
