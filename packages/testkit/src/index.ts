export { FakeClock } from "./clock/fake-clock.ts";
export { withNoLeakedTasks } from "./leaks.ts";
