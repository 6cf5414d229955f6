// The process that plays the far region and its clients, on a core of its own. Driven over IPC.

import { FarRegion } from "../lib/far-region.ts";
import { answer } from "../lib/worker.ts";
import { churn } from "./churn.ts";
import type { Answer, Question } from "./questions.ts";
import { telling, threshold } from "./telling.ts";
import { told } from "./told.ts";

let region: FarRegion | undefined;

answer(async (question: Question): Promise<Answer> => {
  if (question.ask === "listen") {
    region = new FarRegion(question.old);
    return region.port;
  }
  if (region === undefined) throw new Error("nothing listens yet");
  switch (question.ask) {
    case "told":
      return told(region, question.place, question.spec);
    case "telling":
      return telling(region, question.place, question.spec);
    case "threshold":
      return threshold(region, question.place, question.spec);
    case "churn":
      return churn(region, question.place, question.spec);
    case "stop":
      region.stop();
      region = undefined;
      return null;
  }
});
