package org.dlpack4j.it.child;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.dlpack4j.py4j.ServiceStatistics;
import org.dlpack4j.py4j.TensorService;
import py4j.GatewayServer;

/**
 * A JVM that starts Python, as a child of its own, which comes back by Py4J: {@code StartsPython
 * PYTHON SCRIPT}. Ends as that ends.
 */
public final class StartsPython {

  private static final int TOKEN_BYTES = 16;

  private StartsPython() {}

  public static void main(String[] args) throws Exception {
    String token = HexFormat.of().formatHex(SecureRandom.getSeed(TOKEN_BYTES));
    GatewayServer gateway =
        new GatewayServer.GatewayServerBuilder().javaPort(0).authToken(token).build();
    gateway.start();
    List<String> command = new ArrayList<>(List.of(args));
    command.addAll(List.of("attach", Integer.toString(gateway.getListeningPort()), token));
    int exitCode = new ProcessBuilder(command).inheritIO().start().waitFor();
    gateway.shutdown();
    expectNothingLeft();
    System.exit(exitCode);
  }

  private static void expectNothingLeft() {
    TensorService service = TensorService.shared();
    service.close();
    ServiceStatistics statistics = service.statistics();
    Expect.equal("sessions", 0, statistics.sessions());
    Expect.equal("leases", 0, statistics.leases());
    Expect.equal("violations", 0, statistics.violations());
  }
}
