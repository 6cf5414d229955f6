// The box takes part in the system account as soon as it runs, whether it is monitored over HTTP or not.

import type { MonitorListener, MonitorSource } from "../monitor/source.ts";
import { SystemService } from "../monitor/system-service.ts";
import { WorkShare } from "../monitor/work-share.ts";

export function speakForSystem(
  source: MonitorSource,
  listener: () => MonitorListener,
  driver: { planTurn(): void },
): SystemService {
  const share = new WorkShare({ now: () => performance.now(), sleep: (millis) => Bun.sleep(millis) });
  const defer = (work: () => void): boolean => {
    const running = share.run(() => {
      work();
      driver.planTurn();
      return true;
    });
    return running !== null;
  };
  return new SystemService({ source, listener, defer });
}
