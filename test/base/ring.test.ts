import { expect, test } from "bun:test";
import fc from "fast-check";
import { Ring } from "../../src/base/ring.ts";

test("a ring gives back what it was given, oldest first, and never more than its capacity", () => {
  const step = fc.constantFrom("push", "pushOver", "shift");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
      const ring = new Ring<number>(capacity);
      const model: number[] = [];
      steps.forEach((step, i) => {
        if (step === "shift") expect(ring.shift()).toBe(model.shift());
        else if (step === "push" && model.length === capacity)
          expect(() => ring.push(i)).toThrow("full ring");
        else {
          ring[step](i);
          model.push(i);
          if (model.length > capacity) model.shift();
        }
        expect(ring.toArray()).toEqual(model);
        expect([ring.length, ring.isFull, ring.peek()]).toEqual([
          model.length,
          model.length === capacity,
          model[0],
        ]);
      });
    }),
  );
});
