/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	double sum = 0;

	for (int i = 1; i < argc; i++)
		sum += pow(atof(argv[i]), 2);
	printf("%.1f\n", sum);
	return argc;
}
