import { Channel, type Receiver, recv, select, type Sender, send } from "@barrage/kernel";

// The fifteen errors of go test/chan/perm.go. Compiled and never run; perm.test.ts proves each of them one by one.

export async function perm(): Promise<void> {
  let c = new Channel<number>();
  let cr: Receiver<number> = c;
  let cs: Sender<number> = c;
  cr = c;
  cs = c;

  // @ts-expect-error 01 a receiving end is no channel
  c = cr;
  // @ts-expect-error 02 a sending end is no channel
  c = cs;
  // @ts-expect-error 03 a sending end is no receiving end
  cr = cs;
  // @ts-expect-error 04 a receiving end is no sending end
  cs = cr;

  const n = 5;
  // @ts-expect-error 05 receive from a number
  recv(n);
  // @ts-expect-error 06 send to a number
  send(n, 2);

  await c.send(0);
  await c.receive();

  // @ts-expect-error 07 send to a receiving end
  await cr.send(0);
  await cr.receive();

  await cs.send(0);
  // @ts-expect-error 08 receive from a sending end
  await cs.receive();
  // @ts-expect-error 09 receive from a sending end without waiting
  cs.tryReceive();

  await select({
    put: send(c, 0),
    get: recv(c),
    // @ts-expect-error 10 send to a receiving end in a select
    putOneWay: send(cr, 0),
    getOneWay: recv(cr),
    putOther: send(cs, 0),
    // @ts-expect-error 11 receive from a sending end in a select
    getOther: recv(cs),
  });

  // @ts-expect-error 12 iterate a sending end
  cs[Symbol.asyncIterator]();
  // @ts-expect-error 13 the values of a sending end
  cs.values();

  c.close();
  cs.close();
  // @ts-expect-error 14 close a receiving end
  cr.close();
  // @ts-expect-error 15 close a number
  n.close();
}
