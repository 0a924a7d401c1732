#include "run.hpp"

namespace cu::simulation {

using std::chrono::minutes;
using std::chrono::seconds;

/// One random fault of a controller process, a machine, the network or the API server.
void Run::InjectFault() {
  Process& process = *rng_.Pick(processes_);
  switch (rng_.Number(0, 15)) {
    case 0:
      SetOutage(true);
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{3}), [this] { SetOutage(false); });
      break;
    case 1:
      process.Kill("by a fault");
      break;
    case 2:
      process.Stop();
      break;
    case 3:
      process.Pause(rng_.Between(seconds{1}, seconds{60}));
      break;
    case 4:
      cluster_.kubelets.Reboot(RandomNode(false), rng_.Between(seconds{5}, minutes{5}));
      break;
    case 5:
      cluster_.server.watches().Compact();
      cluster_.server.ExpirePages();
      break;
    case 6:
    case 7: {
      static const std::vector<std::string> kRights{"create pods/eviction",
                                                    "create pods",
                                                    "create podtemplates",
                                                    "delete podtemplates",
                                                    "delete pods"};
      const std::string right = rng_.Pick(kRights);
      cluster_.server.SetPermission(right, false);
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{4}),
                              [this, right] { cluster_.server.SetPermission(right, true); });
      break;
    }
    case 8:
      cluster_.server.set_quota_full(true);
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{4}),
                              [this] { cluster_.server.set_quota_full(false); });
      break;
    case 9:
    case 10:
      process.set_wall_error(rng_.Between(minutes{0}, minutes{90}) - minutes{45});
      break;
    case 11:
    case 12: {
      using Refused = ApiServer::Refused;
      static const std::vector<Refused> kAll{Refused::kJobs, Refused::kJobPods, Refused::kCordons};
      RefuseFor(rng_.Pick(kAll), rng_.Between(seconds{1}, minutes{4}));
      break;
    }
    case 13:
      Restore(rng_.Between(seconds{1}, minutes{2}));
      break;
    default:
      cluster_.server.SetTerminating("team");
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{2}),
                              [this] { cluster_.server.ClearTerminating(); });
      break;
  }
}

}  // namespace cu::simulation
