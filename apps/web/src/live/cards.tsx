import { sleep } from "@barrage/kernel";
import type { JSX } from "preact";
import { useStore } from "../parts/store.ts";
import { useTask } from "../parts/use-task.ts";
import { usePage } from "./page-context.ts";

function money(micros: number, currency: string): string {
  return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(micros / 1_000_000);
}

/** What was paid for, pinned above the list as long as its sender bought. */
export function Cards(): JSX.Element | null {
  const { model } = usePage();
  const cards = useStore(model.cards);
  useTask(
    "unpin cards",
    async (ctx) => {
      for (; model.cards.value.length > 0; model.dropCards()) await sleep(1_000, ctx);
    },
    [model, cards.length > 0],
  );
  if (cards.length === 0) return null;
  return (
    <ul class="cards">
      {cards.map(({ record }) => (
        <li key={record.id} class="card">
          <span class="card-head">
            <b>{record.author.name}</b>
            <span>{money(record.amount_micros, record.currency)}</span>
          </span>
          <span class="card-text">{record.content}</span>
        </li>
      ))}
    </ul>
  );
}
